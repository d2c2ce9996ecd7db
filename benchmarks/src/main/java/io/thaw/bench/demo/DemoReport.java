package io.thaw.bench.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.thaw.it.run.TimedRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The demo's result.
///
/// @param fillSeconds from the first output until the whole image was there; null if not awaited
/// @param coldCache whether the page cache could be emptied before each way
record DemoReport(
    DemoImage image,
    WayResult lazy,
    WayResult overlayfs,
    @Nullable Double fillSeconds,
    boolean coldCache) {
  private static final String ROW = "%-12s %9s %9s %9s %12s %7s %12s%n";

  /// Both ways side by side and a line of what happened.
  String table() {
    StringBuilder out = new StringBuilder();
    out.append(
        String.format(
            Locale.ROOT, ROW, "", "pull", "start", "total", "fetched", "share", "lazy/eager"));
    row(out, "lazy (thaw)", lazy);
    row(out, "overlayfs", overlayfs);
    out.append(
        String.format(
            Locale.ROOT,
            "%nstart = CreateContainer to first output; fetched = bytes until then, of %s in %d"
                + " layers.%n%n",
            megabytes(image.compressedBytes()),
            image.layers()));
    out.append(whatHappened());
    return out.toString();
  }

  private void row(StringBuilder out, String name, WayResult way) {
    TimedRun run = way.run();
    out.append(
        String.format(
            Locale.ROOT,
            ROW,
            name,
            seconds(run.pullSeconds()),
            seconds(run.startSeconds()),
            seconds(run.totalSeconds()),
            megabytes(run.bytesAtReady()),
            Math.round(100 * share(run)) + " %",
            way.lazyLayers() + "/" + way.eagerLayers()));
  }

  private String whatHappened() {
    double ratio = overlayfs.run().totalSeconds() / lazy.run().totalSeconds();
    String fill =
        fillSeconds == null
            ? ""
            : String.format(
                Locale.ROOT,
                " The rest of the image arrived %.1f s later, in the background.",
                fillSeconds);
    if (lazy.lazyLayers() == 0) {
      return "No layer was lazy: the image has no SOCI index its registry or manifest names. Make"
          + " one with: thaw convert";
    }
    return String.format(
        Locale.ROOT,
        "Over %s%s the container said its first word after %.1f s instead of %.1f s (%.1f times"
            + " sooner), with %.0f %% of the image fetched.%s",
        image.linkText(),
        coldCache ? " and with a cold page cache" : "",
        lazy.run().totalSeconds(),
        overlayfs.run().totalSeconds(),
        ratio,
        100 * share(lazy.run()),
        fill);
  }

  private double share(TimedRun run) {
    return image.compressedBytes() == 0 ? 0 : (double) run.bytesAtReady() / image.compressedBytes();
  }

  void writeJson(Path file) throws IOException {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("image", image.reference());
    json.put("link", image.linkText());
    json.put("imageCompressedBytes", image.compressedBytes());
    json.put("imageLayers", image.layers());
    json.put("lazyLayers", lazy.lazyLayers());
    json.put("eagerLayers", lazy.eagerLayers());
    json.put("coldPageCache", coldCache);
    json.put("lazy", figures(lazy));
    json.put("overlayfs", figures(overlayfs));
    if (fillSeconds != null) {
      json.put("lazyFillSeconds", fillSeconds);
    }
    ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    Files.write(file, mapper.writeValueAsBytes(json));
  }

  private Map<String, Object> figures(WayResult way) {
    TimedRun run = way.run();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("pullSeconds", run.pullSeconds());
    json.put("startSeconds", run.startSeconds());
    json.put("totalSeconds", run.totalSeconds());
    json.put("bytesFetchedAtReady", run.bytesAtReady());
    json.put("requestsAtReady", run.requestsAtReady());
    json.put("shareOfImageAtReady", share(run));
    json.put("output", way.output().strip());
    return json;
  }

  private static String seconds(double value) {
    return String.format(Locale.ROOT, "%.2f s", value);
  }

  private static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
  }
}
