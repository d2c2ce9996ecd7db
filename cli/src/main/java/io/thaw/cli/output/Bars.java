package io.thaw.cli.output;

import java.io.PrintWriter;
import java.util.function.IntSupplier;

/// A bar per layer and one for all, redrawn in place; what is finished scrolls away above them.
final class Bars implements Progress.View {
  private static final long REDRAW_NANOS = 100_000_000L;
  private static final String ERASE_BELOW = "\r\u001b[J";

  private final IntSupplier width;
  private int drawnLines;
  private long lastDrawn = Long.MIN_VALUE;

  Bars(IntSupplier width) {
    this.width = width;
  }

  @Override
  public void started(PrintWriter out, LayerProgress layer, long now) {
    lastDrawn = Long.MIN_VALUE;
  }

  @Override
  public void advanced(
      PrintWriter out, Iterable<LayerProgress> active, LayerProgress total, long now) {
    if (lastDrawn == Long.MIN_VALUE || now - lastDrawn >= REDRAW_NANOS) {
      draw(out, "", active, total);
      lastDrawn = now;
    }
  }

  @Override
  public void finished(
      PrintWriter out,
      LayerProgress layer,
      Iterable<LayerProgress> active,
      LayerProgress total,
      long now) {
    draw(out, layer.name() + " " + layer.summary(now) + "\n", active, total);
    lastDrawn = now;
  }

  private void draw(
      PrintWriter out, String above, Iterable<LayerProgress> active, LayerProgress total) {
    StringBuilder text = new StringBuilder();
    if (drawnLines > 0) {
      text.append("\u001b[").append(drawnLines).append('A');
    }
    text.append(ERASE_BELOW).append(above);
    int columns = width.getAsInt();
    drawnLines = 0;
    for (LayerProgress layer : active) {
      text.append(ProgressBar.line(layer, columns)).append('\n');
      drawnLines++;
    }
    if (drawnLines > 0) {
      text.append(ProgressBar.line(total, columns)).append('\n');
      drawnLines++;
    }
    out.print(text);
    out.flush();
  }
}
