package io.thaw.cli;

import io.thaw.cli.analyze.Analysis;
import io.thaw.cli.analyze.AnalyzeOptions;
import io.thaw.cli.analyze.ImageAnalyzer;
import io.thaw.cli.analyze.IndexedSpans;
import io.thaw.cli.analyze.SpanSupply;
import io.thaw.cli.analyze.report.HtmlReport;
import io.thaw.cli.analyze.report.JsonReport;
import io.thaw.cli.analyze.report.TextReport;
import io.thaw.cli.analyze.start.Words;
import io.thaw.cli.options.ByteSize;
import io.thaw.cli.options.PlatformConverter;
import io.thaw.cli.options.RegistryOptions;
import io.thaw.cli.output.Progress;
import io.thaw.index.ConvertProgress;
import io.thaw.index.Converter;
import io.thaw.index.IndexBuilder.Image;
import io.thaw.index.IndexedZtocs;
import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.Platform;
import io.thaw.index.oci.Scratch;
import io.thaw.ztoc.ZtocOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `thaw analyze`.
@Command(
    name = "analyze",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Show what is in an image: by layer, directory and package, what is largest, what is there"
          + " twice or hidden, and what a command needs of it to start.",
      "",
      "Every layer is read once; nothing of the image is run. Without --json and --html tables are"
          + " printed."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw analyze --layout app.tar --top 10",
      "  thaw analyze registry://registry.example.com/app:1 --html app.html",
      "  thaw analyze docker.io/library/python:3 --command \"python3 -c 'import json'\"",
      "  thaw analyze --layout app/ --json | jq '.image.hiddenBytes'",
      "",
      "Exit codes: 0 analyzed, 1 failed (also if the image lacks the command), 2 wrong usage."
    })
final class AnalyzeCommand implements Callable<Integer> {
  private static final int MAX_LIST_BYTES = 64 << 20;
  private static final int MAX_THREADS = 8;

  private @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "IMAGE",
      description = "registry://REF, or the name of an image of containerd.")
  private @Nullable String image;

  @Option(
      names = "--layout",
      paramLabel = "PATH",
      description = "An OCI image layout, a directory or a tar archive, in place of IMAGE.")
  private @Nullable Path layout;

  @Option(
      names = {"-p", "--platform"},
      paramLabel = "OS/ARCH",
      converter = PlatformConverter.class,
      description = "Which image of several (default: this machine's).")
  private @Nullable Platform platform;

  @Option(
      names = "--top",
      paramLabel = "N",
      defaultValue = "20",
      description = "How long lists are at most (default: ${DEFAULT-VALUE}).")
  private int top = 20;

  @Option(
      names = "--command",
      paramLabel = "LINE",
      description =
          "Show the files and spans that starting this command needs, by what programs and"
              + " libraries say of themselves: a lower bound.")
  private @Nullable String command;

  @Option(names = "--entrypoint", description = "As --command, for what the image itself starts.")
  private boolean entrypoint;

  @Option(
      names = "--files-from",
      paramLabel = "FILE",
      description = "Show the spans of these files, too: a path of the image on each line.")
  private @Nullable Path filesFrom;

  @Option(
      names = "--span-size",
      paramLabel = "SIZE",
      converter = ByteSize.Converter.class,
      description =
          "Show the spans an index with this span size would have (default: those of the image's"
              + " own index; without one, 4MiB).")
  private @Nullable ByteSize spanSize;

  @Option(
      names = "--json",
      arity = "0..1",
      fallbackValue = "-",
      paramLabel = "FILE",
      description = "Print JSON, or write it to FILE.")
  private @Nullable String json;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Write a page for a browser to FILE; it needs no other file and no network.")
  private @Nullable Path html;

  @Mixin private RegistryOptions registry = new RegistryOptions();

  @Option(
      names = {"-q", "--quiet"},
      description = "Show no progress.")
  private boolean quiet;

  @Override
  public Integer call() throws IOException {
    AnalyzeOptions options = options();
    Place place = place();
    try (Connections connections = Connections.to(spec, registry, place);
        ImageSource source = connections.source(place)) {
      show(analyze(source, options));
    }
    return 0;
  }

  private Place place() {
    if (image != null && layout == null) {
      return Place.parse(spec, image, false);
    }
    if (image == null && layout != null) {
      return new Place.Layout(layout);
    }
    throw usage("name an image, or a layout with --layout");
  }

  private Analysis analyze(ImageSource source, AnalyzeOptions options) throws IOException {
    Image chosen = choose(source);
    ConvertProgress progress = Progress.onStandardError(Shell.of(spec).err(), quiet);
    try (Scratch scratch =
        Scratch.beside(Path.of(System.getProperty("java.io.tmpdir", "/tmp"), "analyze"))) {
      SpanSupply supply =
          spanSize == null
              ? new IndexedSpans(new IndexedZtocs(source), scratch.directory())
              : SpanSupply.NONE;
      return new ImageAnalyzer(options, supply, progress, scratch.directory())
          .analyze(source, chosen.descriptor(), chosen.manifest());
    }
  }

  private Image choose(ImageSource source) throws IOException {
    if (platform != null) {
      return Converter.images(source, List.of(platform)).getFirst();
    }
    List<Image> images = Converter.images(source, List.of());
    return images.size() == 1
        ? images.getFirst()
        : Converter.images(source, List.of(Platform.host())).getFirst();
  }

  private AnalyzeOptions options() throws IOException {
    if (top < 1) {
      throw usage("--top must be at least 1");
    }
    if (command != null && entrypoint) {
      throw usage("--command and --entrypoint exclude each other");
    }
    if (spanSize != null && spanSize.bytes() < 1) {
      throw usage("--span-size must be at least 1 byte");
    }
    return new AnalyzeOptions(
        spanSize == null ? ZtocOptions.DEFAULT_SPAN_SIZE : spanSize.bytes(),
        arguments(),
        listedFiles(),
        Math.clamp(Runtime.getRuntime().availableProcessors(), 1, MAX_THREADS));
  }

  private Optional<List<String>> arguments() {
    if (command == null) {
      return entrypoint ? Optional.of(List.of()) : Optional.empty();
    }
    try {
      return Optional.of(Words.of(command));
    } catch (IllegalArgumentException e) {
      throw usage("--command: " + e.getMessage());
    }
  }

  private List<String> listedFiles() throws IOException {
    if (filesFrom == null) {
      return List.of();
    }
    byte[] list;
    try (InputStream in = Files.newInputStream(filesFrom)) {
      list = in.readNBytes(MAX_LIST_BYTES + 1);
    }
    if (list.length > MAX_LIST_BYTES) {
      throw new IOException(filesFrom + " has more than " + MAX_LIST_BYTES + " bytes");
    }
    return new String(list, StandardCharsets.UTF_8)
        .lines()
        .filter(line -> !line.isBlank())
        .distinct()
        .toList();
  }

  private void show(Analysis analysis) throws IOException {
    PrintWriter out = Shell.of(spec).out();
    if (html != null) {
      try (Writer page = Files.newBufferedWriter(html)) {
        HtmlReport.write(analysis, page);
      }
    }
    if ("-".equals(json)) {
      JsonReport.write(analysis, out, top);
      out.flush();
    } else if (json != null) {
      try (Writer file = Files.newBufferedWriter(Path.of(json))) {
        JsonReport.write(analysis, file, top);
      }
    } else if (html == null) {
      TextReport.print(analysis, out, top);
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
