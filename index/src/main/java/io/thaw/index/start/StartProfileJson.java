package io.thaw.index.start;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.thaw.index.oci.GoJson;
import io.thaw.index.oci.JsonPath;
import io.thaw.index.oci.MalformedManifestException;
import io.thaw.index.start.StartProfile.LayerRef;
import io.thaw.index.start.StartProfile.Step;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// Profiles as JSON: what `thaw profile export` writes and what lies on a node.
public final class StartProfileJson {
  /// Larger documents are refused.
  public static final int MAX_BYTES = 8 << 20;

  private static final String VERSION = "1";
  private static final int MAX_IMAGE_CHARS = 4096;

  private StartProfileJson() {}

  public static byte[] write(StartProfile profile) {
    GoJson json =
        new GoJson()
            .open()
            .string("version", VERSION)
            .string("manifest", profile.manifest().toString())
            .string("image", profile.image())
            .string("recordedAt", profile.recordedAt().toString())
            .openList("layers");
    for (LayerRef layer : profile.layers()) {
      json.open()
          .string("layer", layer.layer().toString())
          .string("ztoc", layer.ztoc().toString())
          .number("bytes", layer.bytes())
          .number("recordings", layer.recordings())
          .close();
    }
    json.closeList().openList("spans");
    for (Step step : profile.steps()) {
      json.open()
          .number("layer", step.layer())
          .number("span", step.span())
          .number("bytes", step.bytes())
          .number("millis", step.atMillis())
          .number("history", step.history())
          .close();
    }
    return json.closeList().close().toString().getBytes(UTF_8);
  }

  /// Reads a profile from anywhere.
  ///
  /// @throws MalformedManifestException naming the JSON path and the value
  public static StartProfile read(byte[] json) throws MalformedManifestException {
    JsonPath root = JsonPath.parse(json, MAX_BYTES);
    JsonPath version = root.field("version");
    if (!version.text().equals(VERSION)) {
      throw version.malformed("only version \"" + VERSION + "\" is supported");
    }
    List<LayerRef> layers = new ArrayList<>();
    for (JsonPath layer : root.field("layers").elements(StartProfile.MAX_LAYERS)) {
      layers.add(
          new LayerRef(
              layer.field("layer").digest(),
              layer.field("ztoc").digest(),
              layer.field("bytes").size(),
              within(layer.field("recordings"), 1, StartProfile.MAX_RECORDINGS)));
    }
    List<Step> steps = new ArrayList<>();
    for (JsonPath step : root.field("spans").elements(StartProfile.MAX_STEPS)) {
      int layer = within(step.field("layer"), 0, layers.size() - 1);
      steps.add(
          new Step(
              layer,
              within(step.field("span"), 0, Integer.MAX_VALUE - 1),
              step.field("bytes").size(),
              within(step.field("millis"), 0, Integer.MAX_VALUE),
              within(step.field("history"), 1, (1 << layers.get(layer).recordings()) - 1)));
    }
    return new StartProfile(
        root.field("manifest").digest(),
        image(root.field("image")),
        instant(root.field("recordedAt")),
        layers,
        steps);
  }

  private static String image(JsonPath at) throws MalformedManifestException {
    String image = at.text();
    if (image.length() > MAX_IMAGE_CHARS) {
      throw at.malformed("longer than any reference");
    }
    return image;
  }

  private static Instant instant(JsonPath at) throws MalformedManifestException {
    try {
      return Instant.parse(at.text());
    } catch (DateTimeException e) {
      throw at.malformed("expected a time such as 2026-01-31T12:00:00Z");
    }
  }

  private static int within(JsonPath at, int least, int most) throws MalformedManifestException {
    long number = at.number();
    if (number < least || number > most) {
      throw at.malformed("expected a number from %d to %d".formatted(least, most));
    }
    return (int) number;
  }
}
