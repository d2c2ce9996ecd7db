package io.thaw.cli;

import io.thaw.index.ConvertProgress;
import io.thaw.registry.Descriptor;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/// Draws a bar per layer that is being indexed, on a terminal. Safe for many threads.
final class LayerBars implements ConvertProgress {
  private static final int WIDTH = 30;
  private static final long REDRAW_NANOS = 100_000_000L;

  private final PrintWriter terminal;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Descriptor, Long> readBytes = new LinkedHashMap<>();
  private int drawnLines;
  private long lastDrawn;

  LayerBars(PrintWriter terminal) {
    this.terminal = terminal;
  }

  /// Bars if standard error is a terminal and the user has not asked for quiet.
  static ConvertProgress forStandardError(PrintWriter err, boolean quiet) {
    return !quiet && isTerminal(2) ? new LayerBars(err) : NONE;
  }

  @Override
  public void layerStarted(Descriptor layer) {
    lock.lock();
    try {
      readBytes.put(layer, 0L);
      draw(true);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void layerAdvanced(Descriptor layer, long bytes) {
    lock.lock();
    try {
      readBytes.merge(layer, bytes, Long::sum);
      draw(false);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void layerFinished(Descriptor layer) {
    lock.lock();
    try {
      readBytes.remove(layer);
      draw(true);
    } finally {
      lock.unlock();
    }
  }

  private void draw(boolean now) {
    long time = System.nanoTime();
    if (!now && time - lastDrawn < REDRAW_NANOS) {
      return;
    }
    lastDrawn = time;
    StringBuilder text = new StringBuilder();
    if (drawnLines > 0) {
      text.append("\u001b[").append(drawnLines).append('A');
    }
    text.append("\r\u001b[J");
    readBytes.forEach((layer, bytes) -> text.append(line(layer, bytes)).append('\n'));
    drawnLines = readBytes.size();
    terminal.print(text);
    terminal.flush();
  }

  private static String line(Descriptor layer, long bytes) {
    int filled =
        layer.sizeBytes() == 0
            ? WIDTH
            : (int) Math.min(WIDTH, (double) bytes / layer.sizeBytes() * WIDTH);
    return layer.digest().hex().substring(0, 12)
        + " ["
        + "#".repeat(filled)
        + ".".repeat(WIDTH - filled)
        + "] "
        + ByteSize.text(bytes)
        + " / "
        + ByteSize.text(layer.sizeBytes());
  }

  private static boolean isTerminal(int descriptor) {
    if ("dumb".equals(System.getenv("TERM"))) {
      return false;
    }
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }
}
