package io.thaw.registry;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs a program that is asked on standard input and answers on standard output, within bounds of
/// time and size. What it says on standard error is thrown away: it may hold secrets.
public final class HelperProcess {

  private static final Logger log = LoggerFactory.getLogger(HelperProcess.class);

  private HelperProcess() {}

  /// How a program ended and what it printed, which may be a secret.
  public static final class Output {
    private final int status;
    private final byte[] bytes;

    Output(int status, byte[] bytes) {
      this.status = status;
      this.bytes = bytes;
    }

    /// Its exit status.
    public int status() {
      return status;
    }

    /// Its standard output.
    public byte[] bytes() {
      return bytes.clone();
    }
  }

  /// Runs a program to its end. When this returns or throws, it and its children are gone.
  ///
  /// @param environment added to this process' own
  /// @param timeout for its answer, and once more for its end
  /// @param maxOutput most bytes it may print
  /// @throws IOException if it cannot be started, prints or takes too much; the message shows
  ///     nothing of its input and output
  /// @throws java.io.InterruptedIOException if this thread is interrupted
  public static Output run(
      List<String> command,
      Map<String, String> environment,
      byte[] input,
      Duration timeout,
      int maxOutput)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      CompletableFuture<byte[]> output = new CompletableFuture<>();
      Thread.startVirtualThread(() -> collect(process, maxOutput, output));
      try (OutputStream in = process.getOutputStream()) {
        in.write(input);
      } catch (IOException e) {
        log.debug("{} does not read its input", command.getFirst());
      }
      byte[] answer = output.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
      if (answer.length > maxOutput) {
        throw new IOException("it printed more than " + maxOutput + " bytes");
      }
      if (!process.waitFor(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new IOException("it did not end within " + timeout);
      }
      return new Output(process.exitValue(), answer);
    } catch (TimeoutException e) {
      throw new IOException("it did not answer within " + timeout, e);
    } catch (ExecutionException e) {
      throw new IOException("its output cannot be read", e.getCause());
    } catch (InterruptedException e) {
      throw Retrier.interrupted("waiting for " + command.getFirst(), e);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private static void collect(Process process, int maxOutput, CompletableFuture<byte[]> output) {
    try {
      output.complete(process.getInputStream().readNBytes(maxOutput + 1));
    } catch (IOException | RuntimeException e) {
      output.completeExceptionally(e);
    }
  }
}
