package io.thaw.cli;

import io.thaw.index.Conversion;
import io.thaw.index.ConvertOptions;
import io.thaw.index.ConvertReport;
import io.thaw.index.Converter;
import io.thaw.index.oci.LayoutFormat;
import io.thaw.index.oci.Platform;
import io.thaw.index.oci.Scratch;
import io.thaw.index.place.LayoutSource;
import io.thaw.index.place.LayoutTarget;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// `thaw convert`.
@Command(
    name = "convert",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Index an image so that it can start lazily (SOCI index v2).",
      "",
      "Reads an OCI image layout and writes another one that holds the same image with its SOCI"
          + " indexes. The layers stay as they are. DST appears when all is done."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  skopeo copy docker://debian:12 oci:debian",
      "  thaw convert --standalone --format oci-dir debian debian-lazy",
      "  thaw convert --standalone --prefetch-file /usr/bin/python3 app.tar app-lazy.tar",
      "",
      "Exit codes: 0 converted, 1 failed (also if no layer was indexed), 2 wrong usage."
    })
final class ConvertCommand implements Callable<Integer> {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      paramLabel = "SRC",
      description = "OCI image layout, a directory or a tar archive.")
  private Path source = Path.of("");

  @Parameters(index = "1", paramLabel = "DST", description = "Where the result is written.")
  private Path destination = Path.of("");

  @Option(
      names = "--standalone",
      description = "Work on image layouts in files, without containerd. Required for now.")
  private boolean standalone;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "oci-archive",
      converter = FormatConverter.class,
      description = "oci-dir or oci-archive (default: ${DEFAULT-VALUE}).")
  private LayoutFormat format = LayoutFormat.OCI_ARCHIVE;

  @Option(
      names = "--span-size",
      paramLabel = "SIZE",
      defaultValue = "4MiB",
      converter = ByteSize.Converter.class,
      description =
          "Uncompressed bytes between two places a layer can be entered at"
              + " (default: ${DEFAULT-VALUE}).")
  private ByteSize spanSize = new ByteSize(0);

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
      names = "--prefetch-file",
      paramLabel = "PATH",
      description = "File of the image to have before the container starts; may be repeated.")
  private List<String> prefetchFiles = new ArrayList<>();

  @Option(
      names = "--platform",
      paramLabel = "OS/ARCH",
      converter = PlatformConverter.class,
      description = "Platform to index; may be repeated (default: all of the image).")
  private List<Platform> platforms = new ArrayList<>();

  @Option(names = "--json", description = "Print the report as JSON.")
  private boolean json;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print nothing but errors.")
  private boolean quiet;

  @Override
  public Integer call() throws IOException {
    if (!standalone) {
      throw new ParameterException(
          spec.commandLine(),
          "convert works only with --standalone for now: it converts image layouts in files;"
              + " images in containerd or in a registry cannot be converted in place yet");
    }
    if (spanSize.bytes() < 1) {
      throw new ParameterException(spec.commandLine(), "--span-size must be at least 1 byte");
    }
    PrintWriter out = spec.commandLine().getOut();
    ConvertOptions options =
        ConvertOptions.DEFAULT
            .withSpanSize(spanSize.bytes())
            .withMinLayerSize(minLayerSize.bytes())
            .withPrefetchFiles(prefetchFiles)
            .withPlatforms(platforms);
    ConvertReport report;
    LayoutTarget target = LayoutTarget.at(destination, format);
    try (LayoutSource image = LayoutSource.open(source);
        Scratch scratch = Scratch.beside(destination)) {
      Converter converter =
          new Converter(
              options, LayerBars.forStandardError(spec.commandLine().getErr(), quiet || json));
      Conversion conversion = converter.convert(image, scratch.directory());
      target.write(conversion.content());
      report = conversion.report();
    }
    if (json) {
      out.println(ConvertOutput.json(report));
    } else if (!quiet) {
      ConvertOutput.print(report, destination, out);
    }
    if (!quiet) {
      report.notes().forEach(note -> spec.commandLine().getErr().println("thaw: note: " + note));
    }
    return 0;
  }

  static final class FormatConverter implements picocli.CommandLine.ITypeConverter<LayoutFormat> {
    @Override
    public LayoutFormat convert(String value) {
      for (LayoutFormat format : LayoutFormat.values()) {
        if (format.label().equals(value)) {
          return format;
        }
      }
      throw new TypeConversionException(
          "\"" + value + "\" is not a format; write oci-dir or oci-archive");
    }
  }

  static final class PlatformConverter implements picocli.CommandLine.ITypeConverter<Platform> {
    @Override
    public Platform convert(String value) {
      try {
        return Platform.parse(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }
}
