package io.thaw.ztoc;

import java.nio.file.Path;

/// What a zTOC is built with.
///
/// @param spanSizeBytes least number of uncompressed bytes between two checkpoints, at least 1
/// @param buildTool written into the zTOC; part of its digest
/// @param maxUncompressedBytes a layer that inflates to more is refused
/// @param maxExpansion a compressed layer of more than 1 GiB that inflates to more than this many
///     times its stored bytes is refused
/// @param maxEntries a layer with more tar entries is refused
/// @param spillDirectory where windows and file lists wait when they are too many for memory
/// @param diffId whether to take the digest of a compressed layer's tar, which an index has no use
///     for and which costs about a quarter of the time
public record ZtocOptions(
    long spanSizeBytes,
    String buildTool,
    long maxUncompressedBytes,
    long maxExpansion,
    int maxEntries,
    Path spillDirectory,
    boolean diffId) {

  /// SOCI's span size: 4 MiB.
  public static final long DEFAULT_SPAN_SIZE = 4L << 20;

  /// The tool name SOCI writes; with it a zTOC is byte for byte what SOCI makes.
  public static final String SOCI_BUILD_TOOL = "AWS SOCI CLI v0.2";

  /// The system property that changes the default of `maxUncompressedBytes`, 1 TiB.
  public static final String MAX_UNCOMPRESSED_PROPERTY = "thaw.maxUncompressedBytes";

  /// The system property that changes the default of `maxExpansion`, 200.
  public static final String MAX_EXPANSION_PROPERTY = "thaw.maxExpansion";

  /// SOCI's values and generous bounds.
  public static final ZtocOptions DEFAULT =
      new ZtocOptions(
          DEFAULT_SPAN_SIZE,
          SOCI_BUILD_TOOL,
          Long.getLong(MAX_UNCOMPRESSED_PROPERTY, 1L << 40),
          Long.getLong(MAX_EXPANSION_PROPERTY, 200),
          ZtocLimits.DEFAULT.maxEntries(),
          Path.of(System.getProperty("java.io.tmpdir", "/tmp")),
          false);

  public ZtocOptions {
    if (spanSizeBytes < 1) {
      throw new IllegalArgumentException("span size " + spanSizeBytes + " is not positive");
    }
  }

  public ZtocOptions withSpanSize(long bytes) {
    return new ZtocOptions(
        bytes, buildTool, maxUncompressedBytes, maxExpansion, maxEntries, spillDirectory, diffId);
  }

  public ZtocOptions withBuildTool(String name) {
    return new ZtocOptions(
        spanSizeBytes,
        name,
        maxUncompressedBytes,
        maxExpansion,
        maxEntries,
        spillDirectory,
        diffId);
  }

  public ZtocOptions withMaxUncompressedBytes(long bytes) {
    return new ZtocOptions(
        spanSizeBytes, buildTool, bytes, maxExpansion, maxEntries, spillDirectory, diffId);
  }

  public ZtocOptions withMaxExpansion(long times) {
    return new ZtocOptions(
        spanSizeBytes, buildTool, maxUncompressedBytes, times, maxEntries, spillDirectory, diffId);
  }

  public ZtocOptions withSpillDirectory(Path directory) {
    return new ZtocOptions(
        spanSizeBytes,
        buildTool,
        maxUncompressedBytes,
        maxExpansion,
        maxEntries,
        directory,
        diffId);
  }

  /// With the digest of the tar.
  public ZtocOptions withDiffId() {
    return new ZtocOptions(
        spanSizeBytes,
        buildTool,
        maxUncompressedBytes,
        maxExpansion,
        maxEntries,
        spillDirectory,
        true);
  }
}
