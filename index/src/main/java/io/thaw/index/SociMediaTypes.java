package io.thaw.index;

import io.thaw.registry.Digest;
import io.thaw.ztoc.Compression;

/// Media types and annotation names of SOCI's artifacts.
public final class SociMediaTypes {
  public static final String INDEX_V1 = "application/vnd.amazon.soci.index.v1+json";
  public static final String INDEX_V2 = "application/vnd.amazon.soci.index.v2+json";
  public static final String ZTOC = "application/octet-stream";

  /// A zTOC of a zstd layer, which only Thaw can read.
  public static final String ZTOC_ZSTD = "application/vnd.thaw.ztoc.zstd.v1";

  public static final String PREFETCH = "application/vnd.amazon.soci.prefetch.v1+json";

  /// On an image manifest: the digest of its v2 index.
  public static final String INDEX_DIGEST = "com.amazon.soci.index-digest";

  /// On an index's descriptor in an image index: the image manifest it belongs to.
  public static final String IMAGE_MANIFEST_DIGEST = "com.amazon.soci.image-manifest-digest";

  public static final String BUILD_TOOL = "com.amazon.soci.build-tool-identifier";

  /// The digest of `{}`, the config blob of every index.
  public static final Digest EMPTY_CONFIG =
      Digest.parse("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");

  private SociMediaTypes() {}

  /// The media type of a zTOC of a layer that is stored so.
  public static String ztoc(Compression compression) {
    return switch (compression) {
      case GZIP, UNCOMPRESSED -> ZTOC;
      case ZSTD -> ZTOC_ZSTD;
    };
  }
}
