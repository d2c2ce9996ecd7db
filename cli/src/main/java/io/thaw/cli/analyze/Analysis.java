package io.thaw.cli.analyze;

import io.thaw.cli.analyze.packages.PackageIndex;
import io.thaw.cli.analyze.start.SpanNeeds.LayerNeed;
import io.thaw.cli.analyze.start.StartFiles;
import io.thaw.cli.analyze.tree.ImageTree;
import java.util.List;
import java.util.Optional;

/// Everything found out about an image.
///
/// @param name what the image was called by
/// @param platform such as `linux/amd64`
/// @param manifest digest of the image manifest
/// @param start absent if it was not asked for
/// @param notes what could not be read, and what that means for the figures
public record Analysis(
    String name,
    String platform,
    String manifest,
    List<LayerFacts> layers,
    ImageTree tree,
    PackageIndex packages,
    Duplicates duplicates,
    TreeSizes sizes,
    Optional<Start> start,
    List<String> notes) {
  public Analysis {
    layers = List.copyOf(layers);
    notes = List.copyOf(notes);
  }

  /// What a command, or a list of files, needs.
  public record Start(StartFiles files, List<LayerNeed> layers) {
    public Start {
      layers = List.copyOf(layers);
    }
  }

  /// All layers as stored.
  public long storedBytes() {
    return layers.stream().mapToLong(layer -> layer.descriptor().sizeBytes()).sum();
  }

  /// All layers unpacked.
  public long tarBytes() {
    return layers.stream().mapToLong(LayerFacts::tarBytes).sum();
  }

  /// Content that layers carry and no container sees.
  public long hiddenBytes() {
    return layers.stream().mapToLong(LayerFacts::hiddenBytes).sum();
  }

  public int hiddenFiles() {
    return layers.stream().mapToInt(LayerFacts::hiddenFiles).sum();
  }
}
