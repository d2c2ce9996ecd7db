package io.thaw.cli.analyze.report;

import com.fasterxml.jackson.core.JsonGenerator;
import io.thaw.cli.analyze.Analysis;
import io.thaw.cli.analyze.Duplicates;
import io.thaw.cli.analyze.LayerFacts;
import io.thaw.cli.analyze.TreeSizes;
import io.thaw.cli.analyze.scan.SpanRanges;
import io.thaw.cli.analyze.start.SpanNeeds.LayerNeed;
import io.thaw.cli.analyze.tree.ImageTree;
import java.io.IOException;
import java.util.List;

/// The parts that the report for scripts and the page's data have in common.
final class ReportParts {
  private final Analysis analysis;
  private final JsonGenerator json;

  ReportParts(Analysis analysis, JsonGenerator json) {
    this.analysis = analysis;
    this.json = json;
  }

  /// Writes one file of a list.
  @FunctionalInterface
  interface FileForm {
    void write(int row) throws IOException;
  }

  /// Writes the fields `image` and `layers`.
  void imageAndLayers() throws IOException {
    image();
    layers();
  }

  private void image() throws IOException {
    TreeSizes sizes = analysis.sizes();
    json.writeObjectFieldStart("image");
    json.writeStringField("name", analysis.name());
    json.writeStringField("platform", analysis.platform());
    json.writeStringField("manifest", analysis.manifest());
    json.writeNumberField("storedBytes", analysis.storedBytes());
    json.writeNumberField("tarBytes", analysis.tarBytes());
    json.writeNumberField("files", sizes.files(ImageTree.ROOT));
    json.writeNumberField("fileBytes", sizes.bytes(ImageTree.ROOT));
    json.writeNumberField("directories", sizes.directories());
    json.writeNumberField("symbolicLinks", sizes.symbolicLinks());
    json.writeNumberField("hiddenFiles", analysis.hiddenFiles());
    json.writeNumberField("hiddenBytes", analysis.hiddenBytes());
    json.writeNumberField("duplicateFiles", analysis.duplicates().files());
    json.writeNumberField("duplicateBytes", analysis.duplicates().wastedBytes());
    json.writeEndObject();
  }

  private void layers() throws IOException {
    json.writeArrayFieldStart("layers");
    for (LayerFacts layer : analysis.layers()) {
      json.writeStartObject();
      json.writeNumberField("layer", layer.number());
      json.writeStringField("digest", layer.descriptor().digest().toString());
      json.writeStringField("mediaType", layer.descriptor().mediaType());
      json.writeStringField("createdBy", layer.createdBy());
      json.writeStringField("compression", layer.compression());
      json.writeNumberField("storedBytes", layer.descriptor().sizeBytes());
      json.writeNumberField("tarBytes", layer.tarBytes());
      json.writeNumberField("files", layer.files());
      json.writeNumberField("fileBytes", layer.fileBytes());
      json.writeNumberField("hiddenFiles", layer.hiddenFiles());
      json.writeNumberField("hiddenBytes", layer.hiddenBytes());
      json.writeNumberField("hidesFiles", layer.removes());
      json.writeNumberField("hidesBytes", layer.removesBytes());
      json.writeNumberField("spans", layer.spans().map(SpanRanges::count).orElse(0));
      json.writeStringField("spansFrom", layer.spansFrom());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  /// Writes the field `duplicates`.
  ///
  /// @param most how many groups at most
  /// @param mostCopies how many files of each group at most
  void duplicates(int most, int mostCopies, FileForm copy) throws IOException {
    List<Duplicates.Group> groups = analysis.duplicates().groups();
    json.writeArrayFieldStart("duplicates");
    for (Duplicates.Group group : groups.subList(0, Math.min(most, groups.size()))) {
      json.writeStartObject();
      json.writeNumberField("wastedBytes", group.wastedBytes());
      json.writeNumberField("bytes", group.sizeBytes());
      json.writeNumberField("copies", group.count());
      json.writeNumberField("layers", group.layers());
      json.writeArrayFieldStart("files");
      for (int row : group.rows().subList(0, Math.min(mostCopies, group.rows().size()))) {
        copy.write(row);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  /// Writes the field `spans`: their numbers.
  void spans(LayerNeed need) throws IOException {
    json.writeArrayFieldStart("spans");
    for (int span : need.spans().stream().toArray()) {
      json.writeNumber(span);
    }
    json.writeEndArray();
  }

  /// Writes a field that is a list of texts.
  void texts(String name, List<String> values) throws IOException {
    json.writeArrayFieldStart(name);
    for (String value : values) {
      json.writeString(value);
    }
    json.writeEndArray();
  }
}
