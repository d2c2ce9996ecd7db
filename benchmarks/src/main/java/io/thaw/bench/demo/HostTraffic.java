package io.thaw.bench.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/// Bytes the host has received from a registry's side, over loopback or over all other interfaces:
/// the best measure for a registry that is not ours, though it counts everybody's traffic.
final class HostTraffic {
  private static final Path COUNTERS = Path.of("/proc/net/dev");
  private static final Pattern LOOPBACK =
      Pattern.compile("(localhost|127(\\.\\d+){3}|\\[::1])(:\\d+)?");

  private HostTraffic() {}

  /// @param registryHost as in an image reference, with its port if it has one
  static long receivedBytes(String registryHost) {
    boolean loopback = LOOPBACK.matcher(registryHost).matches();
    try {
      List<String> lines = Files.readAllLines(COUNTERS);
      long sum = 0;
      for (String line : lines.subList(2, lines.size())) {
        int colon = line.indexOf(':');
        if (colon > 0 && line.substring(0, colon).strip().equals("lo") == loopback) {
          sum += Long.parseLong(line.substring(colon + 1).strip().split("\\s+", 2)[0]);
        }
      }
      return sum;
    } catch (IOException e) {
      throw new UncheckedIOException("Could not read " + COUNTERS, e);
    }
  }
}
