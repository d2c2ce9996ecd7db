package io.thaw.cli.analyze.packages;

import io.thaw.cli.analyze.scan.Document;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/// Reads a document line by line. Lines longer than 64 KiB are left out.
final class Lines {
  private static final int MAX_LINE = 64 << 10;

  private Lines() {}

  /// Takes a line without its end.
  interface Action {
    void line(byte[] line) throws IOException;
  }

  static void forEach(Document document, Action action) throws IOException {
    byte[] line = new byte[MAX_LINE];
    int length = 0;
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = new BufferedInputStream(document.open())) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        for (int i = 0; i < n; i++) {
          if (buffer[i] == '\n') {
            deliver(line, length, action);
            length = 0;
          } else if (length < MAX_LINE) {
            line[length++] = buffer[i];
          }
        }
      }
    }
    if (length > 0) {
      deliver(line, length, action);
    }
  }

  private static void deliver(byte[] line, int length, Action action) throws IOException {
    if (length < MAX_LINE) {
      boolean carriageReturn = length > 0 && line[length - 1] == '\r';
      action.line(Arrays.copyOf(line, carriageReturn ? length - 1 : length));
    }
  }
}
