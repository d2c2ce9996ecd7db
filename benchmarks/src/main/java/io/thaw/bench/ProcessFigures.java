package io.thaw.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// What the kernel says about a process's memory, CPU time and temporary files.
public final class ProcessFigures {
  private static final String PEAK = "VmHWM:";
  private static final String NOW = "VmRSS:";
  private static final int FIRST_TIME_FIELD = 11;
  // USER_HZ, which the kernel's interfaces keep at 100 on every machine Java runs on.
  private static final int TICKS_PER_SECOND = 100;

  private ProcessFigures() {}

  /// The most memory the process ever had; 0 if it is ending and has no memory any more.
  public static double peakRssBytes(long pid) throws IOException {
    return statusBytes(pid, PEAK);
  }

  /// The memory the process has now; 0 if it is ending.
  public static double rssBytes(long pid) throws IOException {
    return statusBytes(pid, NOW);
  }

  private static double statusBytes(long pid, String name) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith(name)) {
        String kilobytes = line.substring(name.length()).replace("kB", "").strip();
        return Double.parseDouble(kilobytes) * 1024;
      }
    }
    return 0;
  }

  /// CPU time of the process, its descendants, and the children it has waited for, in seconds.
  public static double cpuSeconds(ProcessHandle process) throws IOException {
    double seconds = cpuSeconds(process.pid());
    for (ProcessHandle child : (Iterable<ProcessHandle>) process.descendants()::iterator) {
      seconds += child.isAlive() ? cpuSeconds(child.pid()) : 0;
    }
    return seconds;
  }

  private static double cpuSeconds(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
    // The name, in parentheses, may have blanks; the fields behind it are state, ppid, …
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    long ticks = 0;
    for (int i = FIRST_TIME_FIELD; i < FIRST_TIME_FIELD + 4; i++) {
      ticks += Long.parseLong(fields[i]);
    }
    return (double) ticks / TICKS_PER_SECOND;
  }

  /// The sizes of all files the process has open but that have no name any more.
  public static long unnamedFileBytes(long pid) throws IOException {
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
