package io.thaw.it.node;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Runs short commands to their end.
public final class Commands {
  private Commands() {}

  /// Runs `command` and returns what it printed; an exit status other than 0 is an [IOException]
  /// that carries the output.
  public static String run(String... command) throws IOException {
    return run(List.of(command), Map.of());
  }

  /// As [#run(String...)], with `environment` on top of this JVM's own.
  public static String run(List<String> command, Map<String, String> environment)
      throws IOException {
    return run(command, environment, null);
  }

  /// As [#run(List, Map)], in the directory `workDir`.
  public static String run(
      List<String> command, Map<String, String> environment, @Nullable Path workDir)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    if (workDir != null) {
      builder.directory(workDir.toFile());
    }
    Process process = builder.start();
    process.getOutputStream().close();
    String output;
    try (InputStream in = process.getInputStream()) {
      output = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    int status = await(process);
    if (status != 0) {
      throw new IOException(
          String.join(" ", command) + " ended with status " + status + ":\n" + output.strip());
    }
    return output;
  }

  private static int await(Process process) throws IOException {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while a command was running", e);
    }
  }
}
