package io.thaw.bench.start;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.thaw.bench.MarkdownTable;
import io.thaw.bench.Medians;
import io.thaw.bench.image.ImageShelf.Shelved;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What all runs came to.
///
/// @param figures by subject, one of each round
public record StartReport(
    StartBench.Plan plan,
    Shelved image,
    Map<String, Object> environment,
    Map<String, List<StartFigures>> figures) {
  private static final String REFERENCE = "overlayfs";

  /// Medians, a row for each subject.
  public String table() {
    MarkdownTable table =
        new MarkdownTable(
            plan.image() + ", " + plan.link(),
            "pull, s",
            "start, s",
            "total, s",
            "of overlayfs",
            "until ready, MB",
            "requests",
            "settled, s",
            "daemon CPU, s",
            "until settled",
            "peak RSS, MB",
            "disk, MB");
    figures.forEach(
        (name, runs) -> {
          StartFigures m = StartMedians.of(runs);
          Double ratio = ratio(name);
          table.row(
              name,
              MarkdownTable.number(m.pullSeconds()),
              MarkdownTable.number(m.startSeconds()),
              MarkdownTable.number(m.totalSeconds()),
              ratio == null ? "" : MarkdownTable.times(ratio),
              MarkdownTable.number(m.bytesUntilReady() / 1e6),
              MarkdownTable.number(m.requestsUntilReady()),
              orBlank(m.settledSeconds()),
              MarkdownTable.number(m.daemonCpuSeconds()),
              orBlank(m.daemonCpuSettledSeconds()),
              MarkdownTable.number(m.daemonPeakRssBytes() / 1e6),
              MarkdownTable.number(m.diskBytes() / 1e6));
        });
    return table.text();
  }

  // Of the total time, round by round.
  private @Nullable Double ratio(String name) {
    List<StartFigures> reference = figures.get(REFERENCE);
    List<StartFigures> runs = figures.get(name);
    if (reference == null || runs == null || reference.size() != runs.size()) {
      return null;
    }
    return Medians.medianRatio(
        runs.stream().map(StartFigures::totalSeconds).toList(),
        reference.stream().map(StartFigures::totalSeconds).toList());
  }

  private static String orBlank(@Nullable Double value) {
    return value == null ? "" : MarkdownTable.number(value);
  }

  /// One run in a line.
  static String line(StartFigures run) {
    return String.format(
        Locale.ROOT,
        "pull %.2f s, start %.2f s, total %.2f s; %.0f MB in %.0f requests; settled after %s s; CPU"
            + " %.1f s, peak RSS %.0f MB, disk %.0f MB, %.0f lazy layers",
        run.pullSeconds(),
        run.startSeconds(),
        run.totalSeconds(),
        run.bytesUntilReady() / 1e6,
        run.requestsUntilReady(),
        run.settledSeconds() == null ? "?" : MarkdownTable.number(run.settledSeconds()),
        run.daemonCpuSeconds(),
        run.daemonPeakRssBytes() / 1e6,
        run.diskBytes() / 1e6,
        run.lazyLayers());
  }

  /// Writes everything for machines: `subjects.NAME.medians`, `subjects.NAME.runs`.
  public void writeJson(Path file) throws IOException {
    Map<String, Object> subjects = new LinkedHashMap<>();
    figures.forEach(
        (name, runs) -> {
          Map<String, Object> subject = new LinkedHashMap<>();
          subject.put("medians", StartMedians.of(runs));
          Double ratio = ratio(name);
          if (ratio != null) {
            subject.put("totalRatioToOverlayfs", ratio);
          }
          subject.put("runs", runs);
          subjects.put(name, subject);
        });
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("image", plan.image());
    json.put("indexed", plan.indexed());
    json.put("withStartProfile", plan.withStartProfile());
    json.put("imageCompressedBytes", image.compressedBytes());
    json.put("imageLayers", image.layers());
    json.put("rateMegabits", plan.link().megabitsPerSecond());
    json.put("roundTripMillis", plan.link().roundTripMillis());
    json.put("environment", environment);
    json.put("subjects", subjects);
    new ObjectMapper().writerWithDefaultPrettyPrinter().writeValue(file.toFile(), json);
  }
}
