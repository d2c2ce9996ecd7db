package io.thaw.index;

import io.thaw.index.oci.Platform;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.util.List;
import java.util.Optional;

/// What indexing an image did, platform by platform and layer by layer.
///
/// @param image the descriptor of the result, which a registry will serve under the image's tag
public record ConvertReport(Descriptor image, List<PlatformReport> platforms, List<String> notes) {

  /// One image manifest.
  ///
  /// @param manifest its digest in the result
  /// @param index the digest of its SOCI index; absent if no layer got a zTOC
  public record PlatformReport(
      Platform platform, Digest manifest, Optional<Digest> index, List<LayerReport> layers) {
    public PlatformReport {
      layers = List.copyOf(layers);
    }
  }

  /// One layer, in image order.
  public record LayerReport(Descriptor layer, LayerOutcome outcome) {}

  /// What became of a layer.
  public sealed interface LayerOutcome {}

  /// The layer has a zTOC.
  ///
  /// @param prefetchSpans how many of its spans the prefetch artifact names
  /// @param reused whether the zTOC was made earlier, so that the layer was not read
  public record Indexed(Descriptor ztoc, int spans, int files, int prefetchSpans, boolean reused)
      implements LayerOutcome {}

  /// The layer has none, and will be fetched whole.
  public record Skipped(String reason) implements LayerOutcome {}

  public ConvertReport {
    platforms = List.copyOf(platforms);
    notes = List.copyOf(notes);
  }

  /// How many layers got a zTOC, over all platforms.
  public long indexedLayers() {
    return platforms.stream()
        .flatMap(p -> p.layers().stream())
        .filter(l -> l.outcome() instanceof Indexed)
        .count();
  }

  /// How many of these got one that was made earlier.
  public long reusedLayers() {
    return platforms.stream()
        .flatMap(p -> p.layers().stream())
        .filter(l -> l.outcome() instanceof Indexed indexed && indexed.reused())
        .count();
  }

  /// How many got none.
  public long skippedLayers() {
    return platforms.stream().mapToLong(p -> p.layers().size()).sum() - indexedLayers();
  }
}
