package io.thaw.fuse;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// Runs programs for tests. Programs that touch a mount run here, in another process, so that a
/// mount that hangs fails the test instead of the JVM.
final class Shell {
  private static final int TIMEOUT_SECONDS = 60;

  private Shell() {}

  /// @return what the program wrote to its standard output, raw
  /// @throws IOException if it fails or takes longer than a minute
  static byte[] run(String... command) throws IOException {
    Path out = Files.createTempFile("thaw-out", null);
    Path err = Files.createTempFile("thaw-err", null);
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectInput(new File("/dev/null"))
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException(
            String.join(" ", command) + " took longer than " + TIMEOUT_SECONDS + " s");
      }
      if (process.exitValue() != 0) {
        throw new IOException(
            String.join(" ", command)
                + " exited with "
                + process.exitValue()
                + ": "
                + Files.readString(err)
                + Files.readString(out));
      }
      return Files.readAllBytes(out);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  /// The output of a shell script, without its last line end.
  static String sh(String script) throws IOException {
    return new String(run("sh", "-ec", script), StandardCharsets.UTF_8).stripTrailing();
  }
}
