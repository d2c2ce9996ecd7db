package io.thaw.daemon.layer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One run of a program that decompresses a layer. Used once, by one thread; closing it ends the
/// program.
final class ExternalDecompression implements AutoCloseable {
  private static final int PIECE = 1 << 16;
  private static final int MAX_ERROR_BYTES = 4096;
  private static final long END_SECONDS = 30;

  /// Takes what the program writes.
  @FunctionalInterface
  interface Output {
    void accept(long position, byte[] buffer, int offset, int length) throws IOException;
  }

  private final List<String> command;
  private final Process process;
  private final ExecutorService threads;

  private ExternalDecompression(List<String> command, Process process, ExecutorService threads) {
    this.command = command;
    this.process = process;
    this.threads = threads;
  }

  /// Starts the program, with nothing of this process's environment but a path.
  static ExternalDecompression start(List<String> command, ExecutorService threads)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    return new ExternalDecompression(command, builder.start(), threads);
  }

  /// Sends all of `in` through the program.
  ///
  /// @throws IOException if the program fails, with what it wrote to its standard error
  void run(InputStream in, Output output) throws IOException {
    Future<?> feeding = threads.submit(() -> feed(in));
    Future<String> complaints = threads.submit(this::complaints);
    IOException broken = null;
    try (InputStream out = process.getInputStream()) {
      byte[] buffer = new byte[PIECE];
      long position = 0;
      for (int n = out.read(buffer); n >= 0; n = out.read(buffer)) {
        output.accept(position, buffer, 0, n);
        position += n;
      }
    }
    try {
      feeding.get();
    } catch (ExecutionException e) {
      broken =
          new IOException(command.getFirst() + " was not fed to the end: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      throw interrupted();
    }
    requireSuccess(complaints, broken);
  }

  private @Nullable Void feed(InputStream in) throws IOException {
    try (OutputStream to = process.getOutputStream()) {
      in.transferTo(to);
    }
    return null;
  }

  private String complaints() throws IOException {
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    byte[] buffer = new byte[MAX_ERROR_BYTES];
    try (InputStream errors = process.getErrorStream()) {
      for (int n = errors.read(buffer); n >= 0; n = errors.read(buffer)) {
        kept.write(buffer, 0, Math.min(n, MAX_ERROR_BYTES - kept.size()));
      }
    }
    return kept.toString(StandardCharsets.UTF_8).strip();
  }

  private void requireSuccess(Future<String> complaints, @Nullable IOException broken)
      throws IOException {
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException(command.getFirst() + " closed its output and does not end");
      }
      if (process.exitValue() != 0) {
        throw new IOException(
            "%s ended with status %d: %s"
                .formatted(command.getFirst(), process.exitValue(), complaints.get()));
      }
    } catch (InterruptedException e) {
      throw interrupted();
    } catch (ExecutionException e) {
      throw new IOException(command.getFirst() + " cannot be listened to", e.getCause());
    }
    if (broken != null) {
      throw broken;
    }
  }

  private InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted while " + command.getFirst() + " was running");
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
