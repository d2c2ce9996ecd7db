package io.thaw.bench.index;

import io.thaw.bench.ProcessFigures;
import io.thaw.bench.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// Builds the zTOC of a large layer with the command line, in a JVM of 256 MB, and watches it.
///
/// @param seconds from start to end of the process
/// @param peakRssBytes the most memory it had, heap and all else
/// @param peakTemporaryBytes the most bytes of temporary files it had at a time
/// @param ztocBytes what came out
record BigBuild(double seconds, double peakRssBytes, long peakTemporaryBytes, long ztocBytes) {
  static final String HEAP = "-Xmx256m";
  private static final int POLL_MILLIS = 20;

  /// @throws IOException if the command fails, for instance for want of heap
  static BigBuild of(BigLayer layer) throws IOException {
    Path directory = Files.createTempDirectory("thaw-bench-big");
    Path ztoc = directory.resolve("ztoc");
    try {
      ProcessBuilder command =
          new ProcessBuilder(
                  "bin/thaw", "ztoc", "create", "--quiet", layer.file().toString(), ztoc.toString())
              .inheritIO();
      command.environment().putAll(Map.of("THAW_JAVA_OPTS", HEAP));
      return watch(command, ztoc);
    } finally {
      Shell.run("rm -rf \"$1\"", directory.toString());
    }
  }

  private static BigBuild watch(ProcessBuilder command, Path ztoc) throws IOException {
    long start = System.nanoTime();
    Process process = command.start();
    double peakRss = 0;
    long peakTemporary = 0;
    while (true) {
      try {
        if (process.waitFor(POLL_MILLIS, java.util.concurrent.TimeUnit.MILLISECONDS)) {
          break;
        }
        peakRss = Math.max(peakRss, ProcessFigures.peakRssBytes(process.pid()));
        peakTemporary = Math.max(peakTemporary, ProcessFigures.unnamedFileBytes(process.pid()));
      } catch (InterruptedException e) {
        process.destroy();
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while a layer was indexed", e);
      } catch (IOException e) {
        if (process.isAlive()) {
          throw e;
        }
      }
    }
    if (process.exitValue() != 0) {
      throw new IOException("thaw ztoc create ended with status " + process.exitValue());
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return new BigBuild(seconds, peakRss, peakTemporary, Files.size(ztoc));
  }
}
