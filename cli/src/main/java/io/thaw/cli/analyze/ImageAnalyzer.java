package io.thaw.cli.analyze;

import io.thaw.cli.analyze.packages.DatabaseFile;
import io.thaw.cli.analyze.packages.PackageIndex;
import io.thaw.cli.analyze.packages.PackageReader;
import io.thaw.cli.analyze.scan.Document;
import io.thaw.cli.analyze.start.ImageView;
import io.thaw.cli.analyze.start.SpanNeeds;
import io.thaw.cli.analyze.start.SpanNeeds.StoredLayer;
import io.thaw.cli.analyze.start.StartFiles;
import io.thaw.cli.analyze.start.StartFinder;
import io.thaw.cli.analyze.tree.FileTable;
import io.thaw.cli.analyze.tree.ImageTree;
import io.thaw.index.ConvertProgress;
import io.thaw.index.oci.ImageManifest;
import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.OciDescriptor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Analyses images: reads every layer once, stacks them, and adds up.
///
/// Heap: some 250 bytes for each file of the image, and for every layer read at the same time what
/// a [io.thaw.cli.analyze.scan.LayerReader] needs; contents are never held. Safe for many threads.
public final class ImageAnalyzer {
  private final AnalyzeOptions options;
  private final SpanSupply supply;
  private final ConvertProgress progress;
  private final Path scratch;

  /// @param supply spans of layers that are indexed already
  /// @param scratch an existing directory for temporary files
  public ImageAnalyzer(
      AnalyzeOptions options, SpanSupply supply, ConvertProgress progress, Path scratch) {
    this.options = options;
    this.supply = supply;
    this.progress = progress;
    this.scratch = scratch;
  }

  /// Analyses one image.
  ///
  /// @param descriptor of the manifest, with its platform
  /// @throws IOException if the source fails, a layer's digest is wrong, or the image does not have
  ///     the command that was asked for
  public Analysis analyze(ImageSource source, OciDescriptor descriptor, ImageManifest manifest)
      throws IOException {
    ConfigReader config = ConfigReader.read(source.document(manifest.config().target()));
    try (LayerStack stack =
        new LayerStack(source, options, supply, progress, scratch).read(manifest.layers())) {
      ImageTree tree = stack.tree();
      List<LayerFacts> layers = stack.facts(config.createdBy());
      PackageIndex packages =
          new PackageReader(tree, scratch).read(databases(tree, stack.documents()));
      List<String> notes = new ArrayList<>(stack.notes());
      notes.addAll(packages.notes());
      Optional<Analysis.Start> start =
          options.wantsStart() ? Optional.of(start(config, tree, stack, layers)) : Optional.empty();
      return new Analysis(
          source.name(),
          descriptor.platform().map(Object::toString).orElse("unknown"),
          descriptor.digest().toString(),
          layers,
          tree,
          packages,
          Duplicates.of(tree.files()),
          TreeSizes.of(tree),
          start,
          notes);
    }
  }

  /// The documents a container sees, under the names they have there.
  private static List<DatabaseFile> databases(ImageTree tree, Map<Integer, Document> documents) {
    List<DatabaseFile> files = new ArrayList<>();
    FileTable table = tree.files();
    documents.forEach(
        (row, document) -> {
          if (table.isVisible(row)) {
            int node = table.node(row);
            files.add(new DatabaseFile(node, tree.path(node), document));
          }
        });
    return files;
  }

  private Analysis.Start start(
      ConfigReader config, ImageTree tree, LayerStack stack, List<LayerFacts> layers)
      throws IOException {
    StartFinder finder =
        new StartFinder(
            new ImageView(tree, stack.executables(), stack.documents()), config.start());
    List<String> arguments = List.of();
    if (options.command().isPresent()) {
      arguments = options.command().get();
      if (arguments.isEmpty()) {
        arguments = config.start().defaultArguments();
      }
      if (arguments.isEmpty()) {
        throw new IOException("The image names no command to start; give one with --command");
      }
      finder.addCommand(arguments);
    }
    finder.addListed(options.listedFiles());
    StartFiles files = finder.finish(arguments);
    List<StoredLayer> stored =
        layers.stream()
            .map(layer -> new StoredLayer(layer.descriptor().sizeBytes(), layer.spans()))
            .toList();
    return new Analysis.Start(files, SpanNeeds.of(tree.files(), files.files(), stored));
  }
}
