package io.thaw.cli;

import io.thaw.cli.options.ByteSize;
import io.thaw.cli.options.OutputOptions;
import io.thaw.cli.options.SpanSizeOption;
import io.thaw.cli.output.Progress;
import io.thaw.index.ConvertProgress;
import io.thaw.index.oci.DiskFull;
import io.thaw.index.oci.GoJson;
import io.thaw.index.oci.Scratch;
import io.thaw.index.zstd.NativeFrameDecoder;
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
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
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
      "  thaw ztoc create --span-size 256KiB layer.tar.gz layer.ztoc",
      "",
      "Exit codes: 0 made, 1 the layer cannot be indexed, 2 wrong usage."
    })
final class ZtocCreateCommand implements Callable<Integer> {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "LAYER", description = "The layer's stored bytes.")
  private Path layer = Path.of("");

  @Parameters(index = "1", paramLabel = "OUT", description = "Where the zTOC is written.")
  private Path target = Path.of("");

  @Mixin private SpanSizeOption spanSize = new SpanSizeOption();

  @Mixin private OutputOptions output = new OutputOptions();

  @Override
  public Integer call() throws IOException {
    Shell shell = Shell.of(spec);
    long spanSizeBytes = spanSize.bytes(spec);
    if (!Files.exists(layer)) {
      throw new NoSuchFileException(layer.toString());
    }
    if (Files.isDirectory(layer)) {
      throw new IOException(layer + " is a directory; give the file of one layer");
    }
    if (Files.isDirectory(target)) {
      throw new IOException(target + " is a directory; name a file");
    }
    ConvertProgress progress = Progress.onStandardError(shell.err(), output.quiet());
    Descriptor shown = new Descriptor("layer", Progress.UNKNOWN, Files.size(layer));
    try (Scratch scratch = Scratch.beside(target)) {
      ZtocBuilder builder =
          new ZtocBuilder(
              ZtocOptions.DEFAULT
                  .withSpanSize(spanSizeBytes)
                  .withSpillDirectory(scratch.directory()),
              NativeFrameDecoder.DECODERS);
      progress.layerStarted(shown);
      try (InputStream in = new Counted(Files.newInputStream(layer), progress, shown);
          BuiltZtoc built = builder.build(in)) {
        progress.layerFinished(shown);
        Path finished = scratch.directory().resolve("ztoc");
        built.writeTo(finished);
        scratch.publish(finished, target);
        report(built, shell.out());
      }
    } catch (IOException e) {
      throw DiskFull.explained(e, target);
    }
    return 0;
  }

  private void report(BuiltZtoc built, PrintWriter out) throws IOException {
    Digest digest = Digest.of("sha256", built.digest());
    Digest layerDigest = Digest.of("sha256", built.layerDigest());
    if (output.json()) {
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
    } else if (!output.quiet()) {
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
