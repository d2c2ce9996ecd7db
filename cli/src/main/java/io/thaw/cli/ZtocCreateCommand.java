package io.thaw.cli;

import io.thaw.index.ConvertProgress;
import io.thaw.index.oci.GoJson;
import io.thaw.index.oci.Scratch;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.ztoc.BuiltZtoc;
import io.thaw.ztoc.ZtocBuilder;
import io.thaw.ztoc.ZtocOptions;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `thaw ztoc create`.
@Command(
    name = "create",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Make the zTOC of one layer, a tar that may be compressed with gzip.",
      "",
      "The same layer and span size give the same bytes, those that AWS's soci makes."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw ztoc create layer.tar.gz layer.ztoc",
      "  thaw ztoc create --span-size 256KiB layer.tar.gz layer.ztoc"
    })
final class ZtocCreateCommand implements Callable<Integer> {
  private static final Digest UNKNOWN = Digest.sha256(new byte[0]);

  private @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "LAYER", description = "The layer's stored bytes.")
  private Path layer = Path.of("");

  @Parameters(index = "1", paramLabel = "OUT", description = "Where the zTOC is written.")
  private Path output = Path.of("");

  @Option(
      names = "--span-size",
      paramLabel = "SIZE",
      defaultValue = "4MiB",
      converter = ByteSize.Converter.class,
      description =
          "Uncompressed bytes between two places the layer can be entered at"
              + " (default: ${DEFAULT-VALUE}).")
  private ByteSize spanSize = new ByteSize(0);

  @Option(names = "--json", description = "Print the result as JSON.")
  private boolean json;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print nothing but errors.")
  private boolean quiet;

  @Override
  public Integer call() throws IOException {
    if (spanSize.bytes() < 1) {
      throw new ParameterException(spec.commandLine(), "--span-size must be at least 1 byte");
    }
    if (!Files.exists(layer)) {
      throw new NoSuchFileException(layer.toString());
    }
    if (Files.isDirectory(layer)) {
      throw new IOException(layer + " is a directory; give the file of one layer");
    }
    if (Files.isDirectory(output)) {
      throw new IOException(output + " is a directory; name a file");
    }
    PrintWriter out = spec.commandLine().getOut();
    ConvertProgress progress =
        LayerBars.forStandardError(spec.commandLine().getErr(), quiet || json);
    Descriptor shown = new Descriptor("layer", UNKNOWN, Files.size(layer));
    try (Scratch scratch = Scratch.beside(output)) {
      ZtocBuilder builder =
          new ZtocBuilder(
              ZtocOptions.DEFAULT
                  .withSpanSize(spanSize.bytes())
                  .withSpillDirectory(scratch.directory()));
      progress.layerStarted(shown);
      try (InputStream in = new Counted(Files.newInputStream(layer), progress, shown);
          BuiltZtoc built = builder.build(in)) {
        progress.layerFinished(shown);
        Path finished = scratch.directory().resolve("ztoc");
        built.writeTo(finished);
        scratch.publish(finished, output);
        report(built, out);
      }
    }
    return 0;
  }

  private void report(BuiltZtoc built, PrintWriter out) throws IOException {
    Digest digest = Digest.of("sha256", built.digest());
    Digest layerDigest = Digest.of("sha256", built.layerDigest());
    if (json) {
      out.println(
          new GoJson()
              .open()
              .string("digest", digest.toString())
              .number("size", built.sizeBytes())
              .string("layerDigest", layerDigest.toString())
              .string("compression", built.compression().label())
              .number("num_spans", built.spans().count())
              .number("num_files", built.entryCount())
              .close());
    } else if (!quiet) {
      out.println(
          digest
              + "  "
              + ByteSize.text(built.sizeBytes())
              + ", "
              + built.spans().count()
              + " spans, "
              + built.entryCount()
              + " files, layer "
              + layerDigest
              + " ("
              + built.compression().label()
              + ")");
    }
  }

  /// Reports what is read.
  private static final class Counted extends FilterInputStream {
    private final ConvertProgress progress;
    private final Descriptor layer;

    Counted(InputStream in, ConvertProgress progress, Descriptor layer) {
      super(in);
      this.progress = progress;
      this.layer = layer;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int n = super.read(buffer, offset, length);
      if (n > 0) {
        progress.layerAdvanced(layer, n);
      }
      return n;
    }
  }
}
