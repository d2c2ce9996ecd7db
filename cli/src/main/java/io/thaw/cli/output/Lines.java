package io.thaw.cli.output;

import io.thaw.cli.options.ByteSize;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.Map;

/// A line when a layer or blob of a megabyte or more starts, when it ends, and in between after
/// each ten percent or five seconds, but not more than one a second. For logs.
final class Lines implements Progress.View {
  private static final long QUICK_NANOS = 1_000_000_000L;
  private static final long SLOW_NANOS = 5_000_000_000L;
  private static final int STEP_PERCENT = 10;
  private static final long SMALL_BYTES = 1 << 20;

  private final Map<LayerProgress, Said> said = new HashMap<>();

  /// What was told last of a layer.
  private record Said(int percent, long nanos) {}

  @Override
  public void started(PrintWriter out, LayerProgress layer, long now) {
    said.put(layer, new Said(0, now));
    if (isWorthALine(layer)) {
      print(
          out, layer.name() + ": 0% " + layer.verb() + " of " + ByteSize.text(layer.totalBytes()));
    }
  }

  @Override
  public void advanced(
      PrintWriter out, Iterable<LayerProgress> active, LayerProgress total, long now) {
    for (LayerProgress layer : active) {
      Said last = said.getOrDefault(layer, new Said(0, now));
      int percent = layer.percent();
      long silence = now - last.nanos();
      boolean step = percent / STEP_PERCENT > last.percent() / STEP_PERCENT;
      if (percent < 100 && (silence >= SLOW_NANOS || (step && silence >= QUICK_NANOS))) {
        said.put(layer, new Said(percent, now));
        print(
            out,
            layer.name()
                + ": "
                + percent
                + "% "
                + layer.verb()
                + " of "
                + ByteSize.text(layer.totalBytes())
                + separated(layer.rate())
                + separated(layer.eta()));
      }
    }
  }

  @Override
  public void finished(
      PrintWriter out,
      LayerProgress layer,
      Iterable<LayerProgress> active,
      LayerProgress total,
      long now) {
    said.remove(layer);
    if (isWorthALine(layer)) {
      print(out, layer.name() + ": " + layer.summary(now));
    }
  }

  /// Manifests, zTOCs and configurations would fill a log.
  private static boolean isWorthALine(LayerProgress layer) {
    return layer.totalBytes() >= SMALL_BYTES;
  }

  private static String separated(String text) {
    return text.isEmpty() ? "" : ", " + text;
  }

  private static void print(PrintWriter out, String line) {
    out.println(line);
    out.flush();
  }
}
