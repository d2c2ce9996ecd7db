package io.thaw.registry;

/// OCI content descriptor: what a piece of content is, its digest and its size.
///
/// @param mediaType media type, never empty
/// @param digest digest of the content
/// @param sizeBytes size of the content in bytes, not negative
public record Descriptor(String mediaType, Digest digest, long sizeBytes) {

  public Descriptor {
    if (mediaType.isEmpty()) {
      throw new IllegalArgumentException("descriptor of " + digest + " has an empty media type");
    }
    if (sizeBytes < 0) {
      throw new IllegalArgumentException(
          "descriptor of " + digest + " has the negative size " + sizeBytes);
    }
  }
}
