package io.thaw.bench.index;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// What the kernel says about a process's memory and its temporary files.
final class ChildMemory {
  private static final String PEAK = "VmHWM:";

  private ChildMemory() {}

  /// The most memory the process ever had; 0 if it is ending and has no memory any more.
  static double peakRssBytes(long pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith(PEAK)) {
        String kilobytes = line.substring(PEAK.length()).replace("kB", "").strip();
        return Double.parseDouble(kilobytes) * 1024;
      }
    }
    return 0;
  }

  /// The sizes of all files the process has open but that have no name any more.
  static long unnamedFileBytes(long pid) throws IOException {
    long sum = 0;
    try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
      for (Path descriptor : open) {
        sum += unnamedBytes(descriptor);
      }
    }
    return sum;
  }

  private static long unnamedBytes(Path descriptor) {
    try {
      boolean unnamed = Files.readSymbolicLink(descriptor).toString().endsWith(" (deleted)");
      return unnamed ? Files.size(descriptor) : 0;
    } catch (IOException e) {
      return 0; // closed in between
    }
  }
}
