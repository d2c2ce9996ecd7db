package io.thaw.it.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// One long-running child process whose output goes to a log file. Closing it ends it: SIGTERM
/// first, SIGKILL when that is ignored.
public final class ChildProcess implements AutoCloseable {
  private static final Duration GRACE = Duration.ofSeconds(20);
  private static final int TAIL_BYTES = 4_000;

  private final String name;
  private final Process process;
  private final Path log;

  private ChildProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /// Starts `command` with `environment` on top of this JVM's own; both output streams are
  /// appended to `log`.
  public static ChildProcess start(
      String name, List<String> command, Map<String, String> environment, Path log)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new IOException(
          "Could not start "
              + name
              + " ("
              + command.getFirst()
              + "): is it installed? ./dev setup installs what is missing",
          e);
    }
    process.getOutputStream().close();
    return new ChildProcess(name, process, log);
  }

  public long pid() {
    return process.pid();
  }

  public boolean alive() {
    return process.isAlive();
  }

  public Path log() {
    return log;
  }

  /// Returns once `ready` holds; fails early, with the end of the log, when the process dies
  /// first.
  public void awaitReady(Duration limit, Await.Condition ready) throws IOException {
    try {
      Await.until(
          limit,
          name + " to become ready",
          () -> {
            if (!process.isAlive()) {
              throw new IOException(name + " ended with status " + process.exitValue());
            }
            return ready.holds();
          });
    } catch (IOException e) {
      throw new IOException(e.getMessage() + "; its log ends with:\n" + logTail(), e);
    }
  }

  /// The last few kilobytes of the log.
  public String logTail() throws IOException {
    if (!Files.exists(log)) {
      return "";
    }
    byte[] all = Files.readAllBytes(log);
    int start = Math.max(0, all.length - TAIL_BYTES);
    return new String(all, start, all.length - start, StandardCharsets.UTF_8);
  }

  /// Ends the process without warning, as a crash would (SIGKILL), and returns when it is gone.
  public void kill() throws IOException {
    process.destroyForcibly();
    awaitEnd(GRACE);
  }

  /// Ends the process as Ctrl-C does (SIGINT) and returns its exit status.
  ///
  /// @throws IOException when it does not end within `limit`; it is killed then
  public int interrupt(Duration limit) throws IOException {
    Commands.run("kill", "-INT", Long.toString(process.pid()));
    return awaitStatus("SIGINT", limit);
  }

  /// Asks the process to end (SIGTERM) and returns its exit status.
  ///
  /// @throws IOException when it does not end within `limit`; it is killed then
  public int stop(Duration limit) throws IOException {
    process.destroy();
    return awaitStatus("SIGTERM", limit);
  }

  private int awaitStatus(String signal, Duration limit) throws IOException {
    if (!awaitEnd(limit)) {
      kill();
      throw new IOException(name + " did not end within " + limit.toSeconds() + " s of " + signal);
    }
    return process.exitValue();
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    if (!awaitEnd(GRACE)) {
      kill();
    }
  }

  private boolean awaitEnd(Duration limit) throws IOException {
    try {
      return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while " + name + " was ending", e);
    }
  }
}
