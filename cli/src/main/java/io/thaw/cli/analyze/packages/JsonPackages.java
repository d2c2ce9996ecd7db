package io.thaw.cli.analyze.packages;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.thaw.cli.analyze.scan.Document;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/// Packages that describe themselves in JSON: conda's (`conda-meta/*.json`, with a list of files)
/// and npm's (`package.json`, which stands for all files beside and below it).
final class JsonPackages {
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(64)
                  .maxStringLength(1 << 20)
                  .maxNumberLength(64)
                  .build())
          .build();

  private final Claims claims;

  JsonPackages(Claims claims) {
    this.claims = claims;
  }

  /// What is read of a document, the rest is skipped.
  private record Description(String name, String version, List<String> files) {}

  /// Reads a package of conda; its files lie beside the directory `conda-meta`.
  void readConda(DatabaseFile file) throws IOException {
    Description found = describe(file.content());
    if (found.name.isEmpty()) {
      return;
    }
    int owner = claims.add(PackageKind.CONDA, found.name, found.version);
    String prefix = file.directory(2);
    found.files.forEach(path -> claims.claim(owner, prefix + path));
    claims.claimFile(owner, claims.tree().file(file.node()));
  }

  /// Reads a package of npm and returns its number, or [PackageIndex#NONE] if it has no name.
  int readNpm(DatabaseFile file) throws IOException {
    Description found = describe(file.content());
    return found.name.isEmpty()
        ? PackageIndex.NONE
        : claims.add(PackageKind.NPM, found.name, found.version);
  }

  private static Description describe(Document document) throws IOException {
    String name = "";
    String version = "";
    List<String> files = new ArrayList<>();
    try (InputStream in = document.open();
        JsonParser json = JSON.createParser(in)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        return new Description("", "", List.of());
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String field = json.currentName();
        JsonToken value = json.nextToken();
        if (value == JsonToken.VALUE_STRING && field.equals("name")) {
          name = json.getText();
        } else if (value == JsonToken.VALUE_STRING && field.equals("version")) {
          version = json.getText();
        } else if (value == JsonToken.START_ARRAY && field.equals("files")) {
          readTexts(json, files);
        } else {
          json.skipChildren();
        }
      }
    } catch (JsonProcessingException e) {
      return new Description("", "", List.of()); // no package, whatever it is
    }
    return new Description(name, version, files);
  }

  private static void readTexts(JsonParser json, List<String> files) throws IOException {
    for (JsonToken token = json.nextToken();
        token != JsonToken.END_ARRAY && token != null;
        token = json.nextToken()) {
      if (token == JsonToken.VALUE_STRING) {
        files.add(json.getText());
      } else {
        json.skipChildren();
      }
    }
  }
}
