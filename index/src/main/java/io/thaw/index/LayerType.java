package io.thaw.index;

/// How a layer's media type says it is stored.
public enum LayerType {
  GZIP,
  TAR,
  /// Docker's plain tar type, under which compressed layers have been seen.
  UNKNOWN,
  ZSTD,
  OTHER;

  /// What a media type says.
  public static LayerType of(String mediaType) {
    boolean oci =
        mediaType.startsWith("application/vnd.oci.image.layer.v1.tar")
            || mediaType.startsWith("application/vnd.oci.image.layer.nondistributable.v1.tar");
    boolean docker =
        mediaType.startsWith("application/vnd.docker.image.rootfs.diff.tar")
            || mediaType.startsWith("application/vnd.docker.image.rootfs.foreign.diff.tar");
    if (!oci && !docker) {
      return OTHER;
    }
    String suffix = mediaType.substring(mediaType.lastIndexOf(".tar") + ".tar".length());
    return switch (suffix) {
      case "" -> oci ? TAR : UNKNOWN;
      case "+gzip", ".gzip" -> GZIP;
      case "+zstd", ".zstd" -> ZSTD;
      default -> OTHER;
    };
  }
}
