package io.thaw.cli.daemon;

import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import io.thaw.cli.options.GoDuration;
import io.thaw.cli.options.OutputOptions;
import io.thaw.cli.output.Progress;
import io.thaw.proto.control.v1.DropRequest;
import io.thaw.proto.control.v1.PrewarmProgress;
import io.thaw.proto.control.v1.PrewarmRequest;
import io.thaw.proto.control.v1.Until;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `thaw prewarm`.
@Command(
    name = "prewarm",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Bring an image's layers to this node before anybody pulls it, and keep them for a while.",
      "",
      "A pull that comes later finds them and fetches no layer again. Ctrl-C ends it and keeps"
          + " nothing."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw prewarm registry.example.com/team/app:1",
      "  thaw prewarm --until profile --keep 72h registry.example.com/team/app:1",
      "  thaw prewarm --drop registry.example.com/team/app:1",
      "",
      "Exit codes: 0 it is here and kept (or dropped), 1 failed, 2 wrong usage."
    })
public final class PrewarmCommand implements Callable<Integer> {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Mixin private DaemonOption daemon = new DaemonOption();
  @Mixin private OutputOptions output = new OutputOptions();

  @Parameters(paramLabel = "IMAGE", description = "Reference of the image in its registry.")
  private String image = "";

  @Mixin private PlatformOption platform = new PlatformOption();

  /// How much is brought here.
  enum Part {
    INDEX(Until.INDEX),
    PROFILE(Until.PROFILE),
    FULL(Until.FULL);

    private final Until until;

    Part(Until until) {
      this.until = until;
    }
  }

  @Option(
      names = "--until",
      paramLabel = "PART",
      description =
          "index: what a lazy start needs to begin; profile: also the spans the index wants early"
              + " and layers that are not indexed; full: everything (default: full).")
  private @Nullable Part until;

  @Option(
      names = "--keep",
      paramLabel = "TIME",
      converter = GoDuration.Converter.class,
      description =
          "How long the layers stay if nobody pulls the image, as in 90m or 72h (default: 24h).")
  private @Nullable GoDuration keep;

  @Option(names = "--drop", description = "Keep the image's layers no longer.")
  private boolean drop;

  @Override
  public Integer call() throws IOException {
    if (drop && (until != null || keep != null || !platform.text().isEmpty())) {
      throw new ParameterException(
          spec.commandLine(), "--drop goes with none of --until, --keep and --platform");
    }
    if (keep != null && keep.value().toSeconds() < 1) {
      throw new ParameterException(spec.commandLine(), "--keep needs at least 1s");
    }
    try (DaemonClient client = daemon.connect()) {
      return drop ? drop(client) : prewarm(client);
    }
  }

  private int drop(DaemonClient client) throws IOException {
    int layers;
    try {
      layers =
          client
              .calls()
              .drop(DropRequest.newBuilder().setReference(ImageArgument.plain(image)).build())
              .getLayers();
    } catch (StatusException e) {
      throw client.failure("drop " + image, e);
    }
    if (layers == 0) {
      throw new IOException(
          image + " is not prewarmed; \"thaw status\" lists what is, by the name it was given");
    }
    if (!output.quiet()) {
      spec.commandLine().getOut().println(layers + " layers are kept no longer");
    }
    return 0;
  }

  private int prewarm(DaemonClient client) throws IOException {
    Part part = until == null ? Part.FULL : until;
    PrewarmRequest request =
        PrewarmRequest.newBuilder()
            .setReference(ImageArgument.plain(image))
            .setPlatform(platform.text())
            .setUntil(part.until)
            .setKeepSeconds(keep == null ? 0 : keep.value().toSeconds())
            .build();
    BlockingClientCall<?, PrewarmProgress> stream = client.calls().prewarm(request);
    PrewarmView view =
        new PrewarmView(
            Progress.onStandardError(spec.commandLine().getErr(), output.quiet(), "fetched"));
    try {
      for (PrewarmProgress next = stream.read(); next != null; next = stream.read()) {
        view.show(next);
        if (next.getDone()) {
          finish(next, part);
          return 0;
        }
      }
      throw new IOException("thawd ended before the image was here; nothing is kept");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    } catch (StatusException e) {
      throw client.failure("prewarm " + image, e);
    } finally {
      stream.cancel("not wanted any more", null);
    }
  }

  private void finish(PrewarmProgress done, Part part) {
    var out = spec.commandLine().getOut();
    if (output.json()) {
      out.println(StatusJson.prewarmed(done).toPrettyString());
    } else if (!output.quiet()) {
      Instant expires = Instant.ofEpochSecond(0, done.getExpiresNanos());
      out.println(
          "%s is here until %s: %d layers, kept until %s"
              .formatted(
                  image,
                  part.name().toLowerCase(Locale.ROOT),
                  done.getLayersCount(),
                  expires.truncatedTo(ChronoUnit.SECONDS)));
    }
  }
}
