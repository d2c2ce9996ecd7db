package io.thaw.bench.index;

import static io.thaw.bench.MarkdownTable.number;

import io.thaw.bench.MarkdownTable;
import java.io.IOException;

/// `./dev bench index --big`: layers of 2 GB in a heap of 256 MB.
public final class BigBench {
  private BigBench() {}

  /// Builds both layers' zTOCs and returns what it took.
  ///
  /// @throws IOException if a build fails, or has more temporary bytes than its zTOC and four for
  ///     each entry, the references that wait for their vector
  public static String run() throws IOException {
    MarkdownTable table =
        new MarkdownTable(
            "`thaw ztoc create`, " + BigBuild.HEAP,
            "tar, MB",
            "entries",
            "s",
            "peak RSS, MB",
            "peak temporary, MB",
            "zTOC, MB");
    row(table, "one file", BigLayer.ofOneFile());
    row(table, "two million files", BigLayer.ofManyFiles());
    return table.text();
  }

  private static void row(MarkdownTable table, String title, BigLayer layer) throws IOException {
    BigBuild build = BigBuild.of(layer);
    table.row(
        title,
        number(layer.uncompressedBytes() / 1e6),
        number(layer.entries()),
        number(build.seconds()),
        number(build.peakRssBytes() / 1e6),
        number(build.peakTemporaryBytes() / 1e6),
        number(build.ztocBytes() / 1e6));
    if (build.peakTemporaryBytes() > build.ztocBytes() + 4L * layer.entries()) {
      throw new IOException(
          "Temporary files had "
              + build.peakTemporaryBytes()
              + " bytes, more than the zTOC's "
              + build.ztocBytes());
    }
  }
}
