package io.thaw.cli.analyze.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.thaw.cli.analyze.Analysis;
import io.thaw.cli.analyze.LayerFacts;
import io.thaw.cli.analyze.packages.ImagePackage;
import io.thaw.cli.analyze.scan.SpanRanges;
import io.thaw.cli.analyze.start.SpanNeeds.LayerNeed;
import io.thaw.cli.analyze.start.StartFile;
import io.thaw.cli.analyze.tree.FileTable;
import io.thaw.cli.analyze.tree.ImageTree;
import io.thaw.cli.output.HtmlEscapes;
import java.io.IOException;
import java.io.Writer;
import java.util.List;
import java.util.function.IntToLongFunction;

/// Writes what the page shows as compact JSON that can stand inside HTML. The form is the page's
/// own affair and may change with it; [JsonReport] is for others.
final class PageData {
  static final int MAX_NODES = 20_000;

  private static final int MAX_ROWS = 1000;
  private static final int MAX_NAMED_COPIES = 6;
  private static final JsonFactory JSON = new JsonFactory();

  private final Analysis analysis;
  private final FileTable files;
  private final ImageTree tree;
  private final JsonGenerator json;
  private final ReportParts parts;

  private PageData(Analysis analysis, JsonGenerator json) {
    this.analysis = analysis;
    this.files = analysis.tree().files();
    this.tree = analysis.tree();
    this.json = json;
    this.parts = new ReportParts(analysis, json);
  }

  static void write(Analysis analysis, Writer out) throws IOException {
    JsonGenerator json = JSON.createGenerator(out);
    json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    json.setCharacterEscapes(new HtmlEscapes());
    PageData page = new PageData(analysis, json);
    PageTree kept = new PageTree(analysis, MAX_NODES);
    json.writeStartObject();
    page.parts.imageAndLayers();
    page.spans();
    page.packages();
    page.nodes(kept);
    page.parts.duplicates(MAX_ROWS, MAX_NAMED_COPIES, page::copy);
    page.hidden();
    if (analysis.start().isPresent()) {
      page.start(analysis.start().get(), kept);
    }
    page.parts.texts("notes", analysis.notes());
    json.writeEndObject();
    json.close();
  }

  /// Of each layer the stored length of its spans.
  private void spans() throws IOException {
    json.writeArrayFieldStart("spans");
    for (LayerFacts layer : analysis.layers()) {
      json.writeStartArray();
      if (layer.spans().isPresent()) {
        SpanRanges spans = layer.spans().get();
        for (int span = 0; span < spans.count(); span++) {
          json.writeNumber(spans.compressedEnd(span) - spans.compressedStart(span));
        }
      }
      json.writeEndArray();
    }
    json.writeEndArray();
  }

  /// Manager, name, version, files, bytes; numbered as [Analysis#packages] does.
  private void packages() throws IOException {
    List<ImagePackage> packages = analysis.packages().packages();
    int[] count = new int[packages.size()];
    long[] bytes = new long[packages.size()];
    for (int row = 0; row < files.count(); row++) {
      int owner = analysis.packages().owner(row);
      if (owner >= 0 && files.isVisible(row) && files.isRegular(row)) {
        count[owner]++;
        bytes[owner] += files.sizeBytes(row);
      }
    }
    json.writeArrayFieldStart("packages");
    for (int i = 0; i < packages.size(); i++) {
      json.writeStartArray();
      json.writeString(packages.get(i).kind().label());
      json.writeString(packages.get(i).name());
      json.writeString(packages.get(i).version());
      json.writeNumber(count[i]);
      json.writeNumber(bytes[i]);
      json.writeEndArray();
    }
    json.writeEndArray();
  }

  /// Columns of the kept nodes, and behind them of what is left out below each.
  private void nodes(PageTree kept) throws IOException {
    int[] rests =
        java.util.stream.IntStream.range(0, kept.count())
            .filter(number -> kept.restBytes(number) > 0)
            .toArray();
    json.writeObjectFieldStart("nodes");
    column("parent", kept, kept::parentNumber, rests, number -> number);
    json.writeArrayFieldStart("name");
    for (int number = 0; number < kept.count(); number++) {
      json.writeString(tree.nameText(kept.node(number)));
    }
    for (int i = 0; i < rests.length; i++) {
      json.writeString("");
    }
    json.writeEndArray();
    column("bytes", kept, n -> analysis.sizes().bytes(kept.node(n)), rests, kept::restBytes);
    column("files", kept, n -> analysis.sizes().files(kept.node(n)), rests, kept::restFiles);
    column("kind", kept, kept::kind, rests, n -> PageTree.REST);
    column("layer", kept, n -> files.layer(kept.row(n)), rests, n -> -1);
    column("package", kept, n -> analysis.packages().owner(kept.row(n)), rests, n -> -1);
    column("first", kept, n -> kept.span(n, false), rests, n -> -1);
    column("last", kept, n -> kept.span(n, true), rests, n -> -1);
    json.writeEndObject();
  }

  private void column(
      String name, PageTree kept, IntToLongFunction of, int[] rests, IntToLongFunction ofRest)
      throws IOException {
    json.writeArrayFieldStart(name);
    for (int number = 0; number < kept.count(); number++) {
      json.writeNumber(of.applyAsLong(number));
    }
    for (int number : rests) {
      json.writeNumber(ofRest.applyAsLong(number));
    }
    json.writeEndArray();
  }

  /// Path, layer, fate.
  private void copy(int row) throws IOException {
    json.writeStartArray();
    json.writeString(tree.pathText(files.node(row)));
    json.writeNumber(files.layer(row));
    json.writeString(files.fate(row).label());
    json.writeEndArray();
  }

  /// Path, bytes, layer, fate, layer that hides it.
  private void hidden() throws IOException {
    json.writeArrayFieldStart("hidden");
    for (int row : Rankings.largestHidden(analysis, MAX_ROWS)) {
      json.writeStartArray();
      json.writeString(tree.pathText(files.node(row)));
      json.writeNumber(files.sizeBytes(row));
      json.writeNumber(files.layer(row));
      json.writeString(files.fate(row).label());
      json.writeNumber(files.fateLayer(row));
      json.writeEndArray();
    }
    json.writeEndArray();
  }

  private void start(Analysis.Start start, PageTree kept) throws IOException {
    json.writeObjectFieldStart("start");
    parts.texts("command", start.files().arguments());
    json.writeArrayFieldStart("nodes");
    for (StartFile file : start.files().files()) {
      int number = kept.number(files.node(file.row()));
      if (number >= 0) {
        json.writeNumber(number);
      }
    }
    json.writeEndArray();
    json.writeArrayFieldStart("files");
    for (StartFile file : start.files().files()) {
      json.writeStartArray();
      json.writeString(file.path());
      json.writeString(file.reason().label());
      json.writeNumber(files.sizeBytes(file.row()));
      json.writeNumber(files.layer(file.row()));
      json.writeString(tree.pathText(files.node(file.row())));
      json.writeEndArray();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("layers");
    for (LayerNeed need : start.layers()) {
      json.writeStartObject();
      parts.spans(need);
      json.writeNumberField("storedBytes", need.storedBytes());
      json.writeEndObject();
    }
    json.writeEndArray();
    parts.texts("notes", start.files().notes());
    json.writeEndObject();
  }
}
