package io.thaw.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Short bash scripts, as a user would type them.
public final class Shell {
  private Shell() {}

  /// Runs `script` with `$1`, `$2`, … to its end.
  ///
  /// @throws IOException if it ends with a status other than 0
  public static void run(String script, String... arguments) throws IOException {
    output(script, arguments);
  }

  /// As above; returns what the script printed. Its errors go to ours.
  public static String output(String script, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("bash", "-c", script, "bash"));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = waitFor(process);
    if (status != 0) {
      throw new IOException("`" + script + "` ended with status " + status);
    }
    return output;
  }

  /// Waits for the end of a process and returns its status.
  public static int waitFor(Process process) throws IOException {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while a command was running", e);
    }
  }
}
