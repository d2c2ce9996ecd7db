package io.thaw.cli.analyze.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.thaw.cli.analyze.Analysis;
import io.thaw.cli.analyze.TreeSizes;
import io.thaw.cli.analyze.packages.ImagePackage;
import io.thaw.cli.analyze.packages.PackageIndex;
import io.thaw.cli.analyze.report.Rankings.KindTotal;
import io.thaw.cli.analyze.report.Rankings.PackageTotal;
import io.thaw.cli.analyze.start.SpanNeeds.LayerNeed;
import io.thaw.cli.analyze.start.StartFile;
import io.thaw.cli.analyze.tree.FileTable;
import io.thaw.cli.analyze.tree.ImageTree;
import java.io.IOException;
import java.io.Writer;
import java.util.List;

/// Writes an analysis as JSON; docs/analyze.md describes the fields. Fields may be added later, but
/// keep their names and meanings within a `schemaVersion`.
public final class JsonReport {
  private static final int SCHEMA_VERSION = 1;
  private static final JsonFactory JSON = new JsonFactory();

  private final Analysis analysis;
  private final FileTable files;
  private final ImageTree tree;
  private final JsonGenerator json;
  private final ReportParts parts;
  private final int top;

  private JsonReport(Analysis analysis, JsonGenerator json, int top) {
    this.analysis = analysis;
    this.files = analysis.tree().files();
    this.tree = analysis.tree();
    this.json = json;
    this.parts = new ReportParts(analysis, json);
    this.top = top;
  }

  /// Writes everything, with a line break at the end; does not close `out`.
  ///
  /// @param top how many elements the longer lists have at most
  public static void write(Analysis analysis, Writer out, int top) throws IOException {
    JsonGenerator json = JSON.createGenerator(out);
    json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    json.useDefaultPrettyPrinter();
    JsonReport report = new JsonReport(analysis, json, top);
    json.writeStartObject();
    json.writeNumberField("schemaVersion", SCHEMA_VERSION);
    report.parts.imageAndLayers();
    report.directories();
    report.packages();
    report.largestFiles();
    report.parts.duplicates(top, Integer.MAX_VALUE, report::copy);
    report.hidden();
    if (analysis.start().isPresent()) {
      report.start(analysis.start().get());
    }
    report.parts.texts("notes", analysis.notes());
    json.writeEndObject();
    json.close();
    out.write('\n');
  }

  private void directories() throws IOException {
    TreeSizes sizes = analysis.sizes();
    json.writeArrayFieldStart("directories");
    for (int node : DirectoryOrder.of(analysis, top)) {
      json.writeStartObject();
      json.writeStringField("path", tree.pathText(node));
      json.writeNumberField("files", sizes.files(node));
      json.writeNumberField("fileBytes", sizes.bytes(node));
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void packages() throws IOException {
    List<PackageTotal> packages = Rankings.packages(analysis);
    json.writeArrayFieldStart("packageManagers");
    for (KindTotal kind : Rankings.kinds(packages)) {
      json.writeStartObject();
      json.writeStringField("manager", kind.kind().map(found -> found.label()).orElse("none"));
      json.writeNumberField("packages", kind.packages());
      json.writeNumberField("files", kind.files());
      json.writeNumberField("fileBytes", kind.bytes());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("packages");
    int left = top;
    for (PackageTotal total : packages) {
      if (total.owner().isPresent() && left-- > 0) {
        json.writeStartObject();
        owner(total.owner().get());
        json.writeNumberField("files", total.files());
        json.writeNumberField("fileBytes", total.bytes());
        json.writeEndObject();
      }
    }
    json.writeEndArray();
  }

  private void owner(ImagePackage owner) throws IOException {
    json.writeStringField("manager", owner.kind().label());
    json.writeStringField("name", owner.name());
    json.writeStringField("version", owner.version());
  }

  private void file(int row) throws IOException {
    json.writeStringField("path", tree.pathText(files.node(row)));
    json.writeNumberField("bytes", files.sizeBytes(row));
    json.writeNumberField("layer", files.layer(row));
    int owner = analysis.packages().owner(row);
    if (owner != PackageIndex.NONE) {
      json.writeObjectFieldStart("package");
      owner(analysis.packages().packages().get(owner));
      json.writeEndObject();
    }
  }

  private void largestFiles() throws IOException {
    json.writeArrayFieldStart("largestFiles");
    for (int row : Rankings.largestFiles(analysis, top)) {
      json.writeStartObject();
      file(row);
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void copy(int row) throws IOException {
    json.writeStartObject();
    json.writeStringField("path", tree.pathText(files.node(row)));
    json.writeNumberField("layer", files.layer(row));
    json.writeStringField("fate", files.fate(row).label());
    json.writeEndObject();
  }

  private void hidden() throws IOException {
    json.writeArrayFieldStart("hidden");
    for (int row : Rankings.largestHidden(analysis, top)) {
      json.writeStartObject();
      file(row);
      json.writeStringField("fate", files.fate(row).label());
      json.writeNumberField("byLayer", files.fateLayer(row));
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void start(Analysis.Start start) throws IOException {
    json.writeObjectFieldStart("start");
    parts.texts("command", start.files().arguments());
    json.writeBooleanField("lowerBound", true);
    json.writeNumberField(
        "storedBytes", start.layers().stream().mapToLong(LayerNeed::storedBytes).sum());
    json.writeArrayFieldStart("files");
    for (StartFile file : start.files().files()) {
      json.writeStartObject();
      json.writeStringField("openedAs", file.path());
      json.writeStringField("reason", file.reason().label());
      file(file.row());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("layers");
    for (LayerNeed need : start.layers()) {
      json.writeStartObject();
      json.writeNumberField("layer", need.layer());
      json.writeNumberField("files", need.files());
      json.writeNumberField("fileBytes", need.fileBytes());
      parts.spans(need);
      json.writeNumberField("spanCount", need.spanCount());
      json.writeNumberField("storedBytes", need.storedBytes());
      json.writeEndObject();
    }
    json.writeEndArray();
    parts.texts("notes", start.files().notes());
    json.writeEndObject();
  }
}
