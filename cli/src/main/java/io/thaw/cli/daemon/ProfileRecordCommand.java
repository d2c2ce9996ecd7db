package io.thaw.cli.daemon;

import io.grpc.StatusException;
import io.thaw.cli.options.GoDuration;
import io.thaw.cli.options.OutputOptions;
import io.thaw.proto.control.v1.BeginRecordingRequest;
import io.thaw.proto.control.v1.BeginRecordingResponse;
import io.thaw.proto.control.v1.FinishRecordingRequest;
import io.thaw.proto.control.v1.ProfileInfo;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `thaw profile record`.
@Command(
    name = "record",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    customSynopsis =
        "thaw profile record [--daemon=SOCKET] [--from-node | --for=TIME] [--json] [-q] IMAGE [--"
            + " COMMAND...]",
    description = {
      "Record what a start of an image touches.",
      "",
      "thawd records every cold start by itself; this is for when it shall begin and end exactly:"
          + " with COMMAND, which starts a container and stays until it ends, or for a time while"
          + " somebody else starts one. Only layers that are still lazy can be recorded."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw profile record registry.example.com/team/app:1 -- \\",
      "    ctr run --rm --snapshotter thaw registry.example.com/team/app:1 rec python -c 'import"
          + " torch'",
      "  thaw profile record --for 30s registry.example.com/team/app:1",
      "  thaw profile record --from-node registry.example.com/team/app:1",
      "",
      "Exit codes: 0 recorded, 1 nothing was recorded, or COMMAND failed, 2 wrong usage."
    })
public final class ProfileRecordCommand implements Callable<Integer> {
  private static final Duration LONGEST = Duration.ofHours(1);

  private @Spec CommandSpec spec = CommandSpec.create();

  @Mixin private DaemonOption daemon = new DaemonOption();
  @Mixin private OutputOptions output = new OutputOptions();

  @Option(
      names = "--from-node",
      description = "End the recording that thawd began by itself now, and keep what it saw.")
  private boolean fromNode;

  @Option(
      names = "--for",
      paramLabel = "TIME",
      converter = GoDuration.Converter.class,
      description = "How long to record, as in 30s; with COMMAND at most that long.")
  private @Nullable GoDuration time;

  @Parameters(index = "0", paramLabel = "IMAGE", description = "Reference or digest of the image.")
  private String image = "";

  @Parameters(
      index = "1..*",
      paramLabel = "COMMAND",
      description = "Program and arguments that start a container of the image.")
  private List<String> command = List.of();

  @Override
  public Integer call() throws IOException {
    check();
    try (DaemonClient client = daemon.connect()) {
      int code = 0;
      if (!fromNode) {
        begin(client);
        code = watch();
      }
      ProfileInfo recorded = finish(client);
      var out = spec.commandLine().getOut();
      if (output.json()) {
        out.println(ProfileText.json(List.of(recorded)));
      } else if (!output.quiet()) {
        out.println(
            recorded.getManifestDigest()
                + "  "
                + ProfileText.summary(NodeProfiles.profile(recorded)));
      }
      if (code != 0) {
        throw new IOException(
            "%s ended with exit code %d; what it touched until then is recorded"
                .formatted(command.getFirst(), code));
      }
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    }
  }

  private void check() {
    boolean bounded = time != null;
    String wrong = null;
    if (fromNode && (bounded || !command.isEmpty())) {
      wrong = "--from-node goes with neither --for nor a command";
    } else if (!fromNode && !bounded && command.isEmpty()) {
      wrong = "say what to record: --for TIME, -- COMMAND, or --from-node";
    } else if (time != null
        && (time.value().toSeconds() < 1 || time.value().compareTo(LONGEST) > 0)) {
      wrong = "--for takes 1s to 1h";
    }
    if (wrong != null) {
      throw new ParameterException(spec.commandLine(), wrong);
    }
  }

  private void begin(DaemonClient client) throws IOException {
    Duration longest = time == null ? LONGEST : time.value();
    BeginRecordingResponse begun;
    try {
      begun =
          client
              .calls()
              .beginRecording(
                  BeginRecordingRequest.newBuilder()
                      .setName(ImageArgument.plain(image))
                      .setMaxSeconds(longest.toSeconds())
                      .build());
    } catch (StatusException e) {
      throw client.failure("record " + image, e);
    }
    if (!output.quiet()) {
      String unseen =
          begun.getLayersNotSeen() == 0
              ? ""
              : "; %d others are ordinary directories, whose reads thawd does not see"
                  .formatted(begun.getLayersNotSeen());
      spec.commandLine()
          .getErr()
          .println("recording %d layers%s".formatted(begun.getLayers(), unseen));
    }
  }

  /// Waits for the command, or for as long as was said.
  ///
  /// @return the command's exit code
  private int watch() throws IOException, InterruptedException {
    if (command.isEmpty()) {
      Thread.sleep(time == null ? Duration.ZERO : time.value());
      return 0;
    }
    Process process = new ProcessBuilder(command).inheritIO().start();
    try {
      if (time == null) {
        return process.waitFor();
      }
      boolean ended = process.waitFor(time.value().toMillis(), TimeUnit.MILLISECONDS);
      return ended ? process.exitValue() : 0;
    } catch (InterruptedException e) {
      process.destroy();
      throw e;
    }
  }

  private ProfileInfo finish(DaemonClient client) throws IOException {
    try {
      return client
          .calls()
          .finishRecording(
              FinishRecordingRequest.newBuilder().setName(ImageArgument.plain(image)).build());
    } catch (StatusException e) {
      throw client.failure("record " + image, e);
    }
  }
}
