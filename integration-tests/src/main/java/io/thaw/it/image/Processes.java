package io.thaw.it.image;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Pipes between commands.
final class Processes {
  private Processes() {}

  /// Runs `first | second` to the end.
  static void pipe(List<String> first, List<String> second) throws IOException {
    List<ProcessBuilder> builders =
        List.of(
            new ProcessBuilder(first).redirectError(ProcessBuilder.Redirect.INHERIT),
            new ProcessBuilder(second)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT));
    List<Process> pipeline = ProcessBuilder.startPipeline(builders);
    requireSuccess(second.getFirst(), pipeline.get(1));
    requireSuccess(first.getFirst(), pipeline.get(0));
  }

  /// Starts a command in `workDir` whose standard output the caller reads.
  static Process reading(Path workDir, List<String> command) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .directory(workDir.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    process.getOutputStream().close();
    return process;
  }

  /// Waits for the end of `process`; any status other than 0 is an error.
  static void requireSuccess(String name, Process process) throws IOException {
    int status;
    try {
      status = process.waitFor();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while " + name + " was running", e);
    }
    if (status != 0) {
      throw new IOException(name + " ended with status " + status);
    }
  }
}
