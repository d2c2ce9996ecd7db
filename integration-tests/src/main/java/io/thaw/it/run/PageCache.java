package io.thaw.it.run;

import io.thaw.it.node.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The kernel's memory of files.
public final class PageCache {
  private static final Path SWITCH = Path.of("/proc/sys/vm/drop_caches");

  private PageCache() {}

  /// Empties it; returns false where this is not allowed (in most containers).
  public static boolean drop() {
    try {
      new ProcessBuilder("sync").inheritIO().start().waitFor();
      Files.writeString(SWITCH, "3");
      return true;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// Gives up what the kernel has in memory of the files below `dir`, where it cannot be emptied.
  public static void dropBelow(Path dir) throws IOException {
    Commands.run(
        "find",
        dir.toString(),
        "-type",
        "f",
        "-exec",
        "dd",
        "of={}",
        "oflag=nocache",
        "conv=notrunc,fdatasync",
        "count=0",
        "status=none",
        ";");
  }
}
