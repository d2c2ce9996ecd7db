package io.thaw.index;

import java.util.Optional;

/// The names by which a descriptor in an index tells the layer it is for.
///
/// AWS's snapshotter looks at nothing but SOCI's layer digest to decide that a blob is a layer's
/// zTOC, whatever the blob's media type. What it cannot read therefore has names of our own.
enum ZtocAnnotations {
  SOCI("com.amazon.soci."),
  THAW("io.thaw.");

  private final String prefix;

  ZtocAnnotations(String prefix) {
    this.prefix = prefix;
  }

  /// The names for a zTOC of this media type; empty if no zTOC has it.
  static Optional<ZtocAnnotations> of(String mediaType) {
    return switch (mediaType) {
      case SociMediaTypes.ZTOC -> Optional.of(SOCI);
      case SociMediaTypes.ZTOC_ZSTD -> Optional.of(THAW);
      default -> Optional.empty();
    };
  }

  String layerDigest() {
    return prefix + "image-layer-digest";
  }

  String layerMediaType() {
    return prefix + "image-layer-mediaType";
  }

  String spanSize() {
    return prefix + "span-size";
  }

  String disableXattrs() {
    return prefix + "disable-xattrs";
  }
}
