package io.thaw.cli.analyze;

import io.thaw.cli.analyze.start.ImageConfig;
import io.thaw.index.oci.JsonPath;
import io.thaw.index.oci.MalformedManifestException;
import io.thaw.index.oci.OciReader;
import java.util.ArrayList;
import java.util.List;

/// Decodes the parts of an image's configuration that an analysis needs.
///
/// @param start how a container starts
/// @param createdBy what made each layer, the lowest first; may be shorter than the layers
record ConfigReader(ImageConfig start, List<String> createdBy) {
  private static final int MAX_HISTORY = 4096;
  private static final int MAX_WORDS = 4096;

  static ConfigReader read(byte[] json) throws MalformedManifestException {
    JsonPath root = JsonPath.parse(json, OciReader.MAX_DOCUMENT_BYTES);
    JsonPath config = root.field("config");
    String directory =
        config.isPresent() ? config.field("WorkingDir").optionalText().orElse("") : "";
    ImageConfig start =
        new ImageConfig(
            texts(config, "Entrypoint"),
            texts(config, "Cmd"),
            texts(config, "Env"),
            directory.isEmpty() ? "/" : directory);
    List<String> createdBy = new ArrayList<>();
    JsonPath history = root.field("history");
    if (history.isPresent()) {
      for (JsonPath step : history.elements(MAX_HISTORY)) {
        if (!step.field("empty_layer").isTrue()) {
          createdBy.add(step.field("created_by").optionalText().orElse(""));
        }
      }
    }
    return new ConfigReader(start, createdBy);
  }

  private static List<String> texts(JsonPath config, String field)
      throws MalformedManifestException {
    if (!config.isPresent() || !config.field(field).isPresent()) {
      return List.of();
    }
    List<String> texts = new ArrayList<>();
    for (JsonPath element : config.field(field).elements(MAX_WORDS)) {
      texts.add(element.text());
    }
    return texts;
  }
}
