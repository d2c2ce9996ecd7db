package io.thaw.index;

import io.thaw.index.oci.Platform;
import io.thaw.ztoc.ZtocOptions;
import java.util.List;
import java.util.Set;

/// How an image is indexed.
///
/// @param minLayerSizeBytes layers stored in fewer bytes get no zTOC
/// @param prefetchFiles absolute paths in the image whose spans are worth having first
/// @param platforms the platforms to index; empty means all the image has
/// @param threads how many layers are indexed at once
/// @param force whether zTOCs are built although there are earlier ones that would do
public record ConvertOptions(
    long spanSizeBytes,
    long minLayerSizeBytes,
    String buildTool,
    List<String> prefetchFiles,
    List<Platform> platforms,
    int threads,
    Set<Optimization> optimizations,
    boolean force) {
  /// SOCI's: smaller layers are faster fetched whole.
  public static final long DEFAULT_MIN_LAYER_SIZE = 10L << 20;

  /// SOCI's values, for all platforms.
  public static final ConvertOptions DEFAULT =
      new ConvertOptions(
          ZtocOptions.DEFAULT_SPAN_SIZE,
          DEFAULT_MIN_LAYER_SIZE,
          ZtocOptions.SOCI_BUILD_TOOL,
          List.of(),
          List.of(),
          Runtime.getRuntime().availableProcessors(),
          Set.of(),
          false);

  public ConvertOptions {
    if (spanSizeBytes < 1) {
      throw new IllegalArgumentException("span size " + spanSizeBytes + " is not positive");
    }
    if (minLayerSizeBytes < 0) {
      throw new IllegalArgumentException(
          "minimum layer size " + minLayerSizeBytes + " is negative");
    }
    if (threads < 1) {
      throw new IllegalArgumentException("thread count " + threads + " is not positive");
    }
    prefetchFiles = List.copyOf(prefetchFiles);
    platforms = List.copyOf(platforms);
    optimizations = Set.copyOf(optimizations);
  }

  /// Whether zTOCs of layers without extended attributes are marked.
  public boolean marksLayersWithoutXattrs() {
    return optimizations.contains(Optimization.XATTR);
  }

  public ConvertOptions withSpanSize(long bytes) {
    return new ConvertOptions(
        bytes,
        minLayerSizeBytes,
        buildTool,
        prefetchFiles,
        platforms,
        threads,
        optimizations,
        force);
  }

  public ConvertOptions withMinLayerSize(long bytes) {
    return new ConvertOptions(
        spanSizeBytes, bytes, buildTool, prefetchFiles, platforms, threads, optimizations, force);
  }

  public ConvertOptions withPrefetchFiles(List<String> files) {
    return new ConvertOptions(
        spanSizeBytes,
        minLayerSizeBytes,
        buildTool,
        files,
        platforms,
        threads,
        optimizations,
        force);
  }

  public ConvertOptions withPlatforms(List<Platform> wanted) {
    return new ConvertOptions(
        spanSizeBytes,
        minLayerSizeBytes,
        buildTool,
        prefetchFiles,
        wanted,
        threads,
        optimizations,
        force);
  }

  public ConvertOptions withThreads(int count) {
    return new ConvertOptions(
        spanSizeBytes,
        minLayerSizeBytes,
        buildTool,
        prefetchFiles,
        platforms,
        count,
        optimizations,
        force);
  }

  public ConvertOptions withOptimizations(Set<Optimization> wanted) {
    return new ConvertOptions(
        spanSizeBytes,
        minLayerSizeBytes,
        buildTool,
        prefetchFiles,
        platforms,
        threads,
        wanted,
        force);
  }

  public ConvertOptions withForce(boolean always) {
    return new ConvertOptions(
        spanSizeBytes,
        minLayerSizeBytes,
        buildTool,
        prefetchFiles,
        platforms,
        threads,
        optimizations,
        always);
  }
}
