package io.thaw.registry;

/// A manifest or index as the registry stores it: its descriptor and its exact bytes, whose
/// digest has been verified.
public final class Manifest {

  private final Descriptor descriptor;
  private final byte[] bytes;

  /// @param descriptor media type, digest and size of `bytes`; the size must match
  /// @param bytes the stored bytes; copied
  public Manifest(Descriptor descriptor, byte[] bytes) {
    if (descriptor.sizeBytes() != bytes.length) {
      throw new IllegalArgumentException(
          "manifest "
              + descriptor.digest()
              + " has "
              + bytes.length
              + " bytes, its descriptor says "
              + descriptor.sizeBytes());
    }
    this.descriptor = descriptor;
    this.bytes = bytes.clone();
  }

  /// Media type, digest and size.
  public Descriptor descriptor() {
    return descriptor;
  }

  /// The exact bytes; a copy.
  public byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public String toString() {
    return "Manifest[" + descriptor + "]";
  }
}
