package io.thaw.cli;

import io.thaw.cli.options.ByteSize;
import io.thaw.index.ConvertReport;
import io.thaw.index.ConvertReport.Indexed;
import io.thaw.index.ConvertReport.LayerReport;
import io.thaw.index.ConvertReport.PlatformReport;
import io.thaw.index.ConvertReport.Skipped;
import io.thaw.index.oci.GoJson;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/// Prints what a conversion did.
final class ConvertOutput {
  private static final int MAX_REASONS = 8;

  private ConvertOutput() {}

  /// @param ending what stands at the end of the last line
  static void print(ConvertReport report, String ending, PrintWriter out) {
    for (PlatformReport platform : report.platforms()) {
      out.println(platform.platform() + "  " + platform.manifest());
      for (LayerReport layer : platform.layers()) {
        String name =
            "  "
                + layer.layer().digest().hex().substring(0, 12)
                + "  "
                + ByteSize.text(layer.layer().sizeBytes());
        switch (layer.outcome()) {
          case Indexed done ->
              out.println(
                  name
                      + (done.reused() ? "  indexed before: " : "  indexed: ")
                      + done.spans()
                      + " spans, "
                      + done.files()
                      + " files, zTOC "
                      + ByteSize.text(done.ztoc().sizeBytes())
                      + (done.prefetchSpans() > 0
                          ? ", " + done.prefetchSpans() + " spans to prefetch"
                          : ""));
          case Skipped skipped -> out.println(name + "  skipped: " + skipped.reason());
        }
      }
      platform.index().ifPresent(index -> out.println("  SOCI index " + index));
    }
    String layers = report.indexedLayers() == 1 ? " layer indexed, " : " layers indexed, ";
    out.println(report.indexedLayers() + layers + report.skippedLayers() + " skipped; " + ending);
  }

  /// Why layers were not indexed.
  static String reasons(ConvertReport report) {
    List<String> reasons = new ArrayList<>();
    for (PlatformReport platform : report.platforms()) {
      for (LayerReport layer : platform.layers()) {
        if (layer.outcome() instanceof Skipped skipped && reasons.size() < MAX_REASONS) {
          reasons.add("layer " + layer.layer().digest() + ": " + skipped.reason());
        }
      }
    }
    return String.join("; ", reasons);
  }

  static String json(ConvertReport report) {
    GoJson json = new GoJson().open().string("image", report.image().digest().toString());
    json.openList("platforms");
    for (PlatformReport platform : report.platforms()) {
      json.open()
          .string("platform", platform.platform().toString())
          .string("manifest", platform.manifest().toString());
      platform.index().ifPresent(index -> json.string("sociIndex", index.toString()));
      json.openList("layers");
      platform.layers().forEach(layer -> layer(json, layer));
      json.closeList().close();
    }
    json.closeList().strings("notes", report.notes()).close();
    return json.toString();
  }

  private static void layer(GoJson json, LayerReport layer) {
    json.open()
        .string("digest", layer.layer().digest().toString())
        .string("mediaType", layer.layer().mediaType())
        .number("sizeBytes", layer.layer().sizeBytes());
    switch (layer.outcome()) {
      case Indexed done ->
          json.string("outcome", done.reused() ? "reused" : "indexed")
              .string("ztoc", done.ztoc().digest().toString())
              .number("ztocSizeBytes", done.ztoc().sizeBytes())
              .number("spans", done.spans())
              .number("files", done.files())
              .number("prefetchSpans", done.prefetchSpans());
      case Skipped skipped -> json.string("outcome", "skipped").string("reason", skipped.reason());
    }
    json.close();
  }
}
