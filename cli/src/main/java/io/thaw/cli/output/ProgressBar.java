package io.thaw.cli.output;

import io.thaw.cli.options.ByteSize;
import java.util.Locale;

/// One line that shows how far something is, cut to a terminal's width.
final class ProgressBar {
  private static final int NAME_WIDTH = 12;
  private static final int MIN_BAR = 10;
  private static final int MAX_BAR = 40;

  private ProgressBar() {}

  /// @param width columns there are; a line never fills the last one, where some terminals wrap
  static String line(LayerProgress progress, int width) {
    String head = String.format(Locale.ROOT, "%-" + NAME_WIDTH + "s ", progress.name());
    String tail =
        String.format(
            Locale.ROOT,
            " %3d%% %10s / %-10s %12s %s",
            progress.percent(),
            ByteSize.text(progress.bytes()),
            ByteSize.text(progress.totalBytes()),
            progress.rate(),
            progress.eta());
    int room = width - 1 - head.length() - tail.stripTrailing().length() - 2;
    String bar = room < MIN_BAR ? "" : bar(progress.percent(), Math.min(room, MAX_BAR));
    String line = (head + bar + tail).stripTrailing();
    return line.length() < width ? line : line.substring(0, Math.max(0, width - 1));
  }

  private static String bar(int percent, int cells) {
    int filled = percent * cells / 100;
    return "[" + "#".repeat(filled) + ".".repeat(cells - filled) + "]";
  }
}
