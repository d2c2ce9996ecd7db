package io.thaw.it.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/// A container's log file in CRI's format: `<RFC 3339 time> stdout|stderr F|P <text>`, a line
/// each.
public final class CriLog {
  private final Path file;

  CriLog(Path file) {
    this.file = file;
  }

  /// What the container has printed so far, both streams.
  public String text() throws IOException {
    StringBuilder text = new StringBuilder();
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
        String[] fields = line.split(" ", 4);
        if (fields.length == 4) {
          text.append(fields[3]);
          if (fields[2].startsWith("F")) {
            text.append('\n');
          }
        }
      }
    }
    return text.toString();
  }

  /// Waits for the first line and returns when the runtime received it.
  public Instant awaitFirstOutput(Duration limit) throws IOException {
    Await.until(
        limit, "the container's first output", () -> Files.exists(file) && Files.size(file) > 0);
    String all = Files.readString(file, StandardCharsets.ISO_8859_1);
    int blank = all.indexOf(' ');
    if (blank < 0) {
      throw new IOException("Not a line of a CRI log: " + all);
    }
    return Instant.parse(all.substring(0, blank));
  }
}
