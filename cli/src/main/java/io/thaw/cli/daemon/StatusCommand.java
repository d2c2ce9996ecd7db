package io.thaw.cli.daemon;

import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import io.thaw.cli.output.Terminal;
import io.thaw.proto.control.v1.StatusRequest;
import io.thaw.proto.control.v1.StatusResponse;
import io.thaw.proto.control.v1.WatchRequest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `thaw status`.
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Show the images and layers of this node: lazy or not and why, how far they are, and what"
          + " went wrong.",
      "",
      "Asks the running thawd, so it needs root. Images are those that were pulled through thawd."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw status",
      "  thaw status docker.io/library/python:3 --watch",
      "  thaw status sha256:4f4fb700ef54 --json",
      "  thaw status --json | jq '.images[] | select(.mode != \"lazy\") | .reason'",
      "",
      "Exit codes: 0 shown, 1 thawd does not answer or knows no such image or layer, 2 wrong usage."
    })
public final class StatusCommand implements Callable<Integer> {
  private static final String CLEAR = "\u001b[H\u001b[2J\u001b[3J";
  private static final long ANSWER_SECONDS = 60;

  private @Spec CommandSpec spec = CommandSpec.create();

  @Mixin private DaemonOption daemon = new DaemonOption();

  @Parameters(
      arity = "0..1",
      paramLabel = "IMAGE|LAYER",
      description =
          "An image's reference, or the digest of an image or layer, or how one begins (default:"
              + " everything).")
  private String name = "";

  @Option(names = "--json", description = "Print JSON; with --watch a line for each look.")
  private boolean json;

  @Option(
      names = {"-w", "--watch"},
      description = "Show it again every second, until interrupted.")
  private boolean watch;

  @Override
  public Integer call() throws IOException {
    try (DaemonClient client = daemon.connect()) {
      return watch ? watch(client) : once(client);
    }
  }

  private int once(DaemonClient client) throws IOException {
    StatusResponse status;
    try {
      status =
          client
              .calls()
              .withDeadlineAfter(ANSWER_SECONDS, TimeUnit.SECONDS)
              .status(StatusRequest.newBuilder().setName(name).build());
    } catch (StatusException e) {
      throw client.failure("tell its status", e);
    }
    if (!name.isEmpty() && status.getImagesCount() + status.getLayersCount() == 0) {
      throw new IOException(
          "thawd knows no image or layer "
              + name
              + ": it was not pulled through thawd, or is gone; \"thaw explain "
              + name
              + "\" tells what a pull would do");
    }
    print(status);
    return 0;
  }

  private int watch(DaemonClient client) throws IOException {
    BlockingClientCall<?, StatusResponse> stream =
        client.calls().watch(WatchRequest.newBuilder().setName(name).build());
    boolean terminal = Terminal.isStandardOutput();
    try {
      for (StatusResponse next = stream.read(); next != null; next = stream.read()) {
        if (terminal && !json) {
          out().print(CLEAR);
        }
        print(next);
        if (!terminal && !json) {
          out().println();
        }
        out().flush();
      }
      throw new IOException("thawd has ended");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    } catch (StatusException e) {
      throw client.failure("tell its status", e);
    } finally {
      stream.cancel("not wanted any more", null);
    }
  }

  private void print(StatusResponse status) {
    if (!json) {
      new StatusText(status).print(out(), !name.isEmpty());
    } else if (watch) {
      out().println(StatusJson.status(status));
    } else {
      out().println(StatusJson.status(status).toPrettyString());
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
