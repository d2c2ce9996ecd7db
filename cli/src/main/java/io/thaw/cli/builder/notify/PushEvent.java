package io.thaw.cli.builder.notify;

/// A manifest was pushed. What the sender did not say is empty.
///
/// @param host the registry, as the sender calls it
/// @param repository path within it
/// @param tag empty for a push by digest
/// @param digest of the manifest
/// @param mediaType of the manifest, or its artifact type
public record PushEvent(
    String host, String repository, String tag, String digest, String mediaType) {

  /// For people: what was pushed where.
  public String image() {
    return host + "/" + repository + (tag.isEmpty() ? "@" + digest : ":" + tag);
  }
}
