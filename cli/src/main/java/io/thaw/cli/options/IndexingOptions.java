package io.thaw.cli.options;

import io.thaw.index.ConvertOptions;
import io.thaw.index.Optimization;
import io.thaw.index.PrefetchFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// How an image is indexed.
public final class IndexingOptions {
  @Mixin private SpanSizeOption spanSize = new SpanSizeOption();

  @Option(
      names = "--min-layer-size",
      paramLabel = "SIZE",
      defaultValue = "10MiB",
      converter = ByteSize.Converter.class,
      description =
          "Layers stored in fewer bytes are not indexed, they are quicker fetched whole"
              + " (default: ${DEFAULT-VALUE}).")
  private ByteSize minLayerSize = new ByteSize(0);

  @Option(
      names = {"-f", "--force"},
      description = "Make zTOCs anew even if the store has them.")
  private boolean force;

  @Option(
      names = "--optimizations",
      paramLabel = "NAME",
      split = ",",
      description =
          "xattr: note which layers have no extended attributes, so that reading skips them.")
  private List<String> optimizations = new ArrayList<>();

  @Option(
      names = {"--prefetch-file", "--prefetch-files"},
      paramLabel = "PATH",
      split = ",",
      description = "File of the image to have before the container starts; may be repeated.")
  private List<String> prefetchFiles = new ArrayList<>();

  @Option(
      names = "--prefetch-files-json",
      paramLabel = "FILE",
      description = "JSON array of such paths.")
  private @Nullable Path prefetchJson;

  /// The options for indexing, for all platforms.
  ///
  /// @throws IOException if the file of paths cannot be read or holds something else
  public ConvertOptions options(CommandSpec spec) throws IOException {
    List<String> files = new ArrayList<>();
    prefetchFiles.stream().map(String::strip).filter(f -> !f.isEmpty()).forEach(files::add);
    if (prefetchJson != null) {
      files.addAll(PrefetchFiles.read(prefetchJson));
    }
    return ConvertOptions.DEFAULT
        .withSpanSize(spanSize.bytes(spec))
        .withMinLayerSize(minLayerSize.bytes())
        .withPrefetchFiles(files)
        .withOptimizations(optimizations(spec))
        .withForce(force);
  }

  private Set<Optimization> optimizations(CommandSpec spec) {
    Set<Optimization> wanted = EnumSet.noneOf(Optimization.class);
    for (String name : optimizations) {
      try {
        wanted.add(Optimization.parse(name.strip()));
      } catch (IllegalArgumentException e) {
        throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
      }
    }
    return wanted;
  }
}
