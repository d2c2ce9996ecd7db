package io.thaw.cli.analyze.report;

import io.thaw.cli.analyze.Analysis;
import io.thaw.cli.output.SafePage;
import java.io.IOException;
import java.io.Writer;
import java.util.List;

/// Writes an analysis as one HTML file that needs nothing else, and in which nothing an image says
/// can act ([SafePage]).
public final class HtmlReport {
  private static final SafePage PAGE =
      new SafePage(
          HtmlReport.class,
          "page.css",
          List.of("model.js", "treemap.js", "spans.js", "tables.js", "page.js"));

  private HtmlReport() {}

  /// Writes the page; does not close `out`.
  public static void write(Analysis analysis, Writer out) throws IOException {
    PAGE.write(
        Texts.printable(analysis.name()) + " · thaw analyze",
        to -> PageData.write(analysis, to),
        out);
  }
}
