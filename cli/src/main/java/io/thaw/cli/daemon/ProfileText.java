package io.thaw.cli.daemon;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.thaw.cli.options.ByteSize;
import io.thaw.cli.output.Table;
import io.thaw.index.start.StartProfile;
import io.thaw.index.start.StartProfile.LayerRef;
import io.thaw.index.start.StartProfile.Step;
import io.thaw.proto.control.v1.ProfileInfo;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Start profiles for people and for scripts.
final class ProfileText {
  private static final int SHORT_DIGEST = 19;
  private static final ObjectMapper JSON = new ObjectMapper();

  private ProfileText() {}

  /// What a profile wants of one layer.
  private record Part(LayerRef layer, int spans, long bytes, int firstMillis) {
    double share() {
      return layer.bytes() == 0 ? 0 : 100.0 * bytes / layer.bytes();
    }
  }

  private static List<Part> parts(StartProfile profile) {
    List<Part> parts = new ArrayList<>();
    List<Step> wanted = profile.wanted();
    for (int i = 0; i < profile.layers().size(); i++) {
      int place = i;
      List<Step> own = wanted.stream().filter(step -> step.layer() == place).toList();
      parts.add(
          new Part(
              profile.layers().get(i),
              own.size(),
              own.stream().mapToLong(Step::bytes).sum(),
              own.stream().mapToInt(Step::atMillis).min().orElse(0)));
    }
    return parts;
  }

  static void list(PrintWriter out, List<ProfileInfo> profiles) throws IOException {
    if (profiles.isEmpty()) {
      out.println("No start was recorded on this node, and no profile imported.");
      return;
    }
    Table table = new Table("IMAGE", "MANIFEST", "SPANS", "BYTES", "RECORDINGS", "ORIGIN");
    for (ProfileInfo info : profiles) {
      StartProfile profile = NodeProfiles.profile(info);
      List<Step> wanted = profile.wanted();
      table.row(
          info.getImage().isEmpty() ? "(unnamed)" : info.getImage(),
          shortened(info.getManifestDigest()),
          wanted.size(),
          ByteSize.text(wanted.stream().mapToLong(Step::bytes).sum()),
          recordings(profile),
          state(info));
    }
    table.print(out);
  }

  private static String state(ProfileInfo info) {
    return info.getOrigin()
        + (info.getAwaitsImage() ? ", awaits its image" : "")
        + (info.getRecording() ? ", recording now" : "");
  }

  private static int recordings(StartProfile profile) {
    return profile.layers().stream().mapToInt(LayerRef::recordings).max().orElse(0);
  }

  static void print(PrintWriter out, StartProfile profile, String state) {
    out.println(Table.printable(profile.image()));
    out.println("manifest " + profile.manifest());
    out.println("%s; latest recording %s".formatted(Table.printable(state), profile.recordedAt()));
    out.println();
    Table table = new Table("LAYER", "SPANS", "BYTES", "OF THE LAYER", "FIRST AT", "RECORDINGS");
    for (Part part : parts(profile)) {
      table.row(
          shortened(part.layer.layer().toString()),
          part.spans,
          ByteSize.text(part.bytes),
          String.format(Locale.ROOT, "%.1f %%", part.share()),
          part.firstMillis + " ms",
          part.layer.recordings());
    }
    table.print(out);
    out.println();
    out.println(summary(profile));
  }

  /// The whole profile in a line.
  static String summary(StartProfile profile) {
    List<Step> wanted = profile.wanted();
    long layers = parts(profile).stream().filter(part -> part.spans > 0).count();
    return "%d spans of %d layers, %s, first used within %.1f s"
        .formatted(
            wanted.size(),
            layers,
            ByteSize.text(wanted.stream().mapToLong(Step::bytes).sum()),
            wanted.stream().mapToInt(Step::atMillis).max().orElse(0) / 1000.0);
  }

  static String json(List<ProfileInfo> profiles) throws IOException {
    List<Object> all = new ArrayList<>();
    for (ProfileInfo info : profiles) {
      all.add(fields(NodeProfiles.profile(info), info));
    }
    return JSON.valueToTree(Map.of("profiles", all)).toPrettyString();
  }

  private static Map<String, Object> fields(StartProfile profile, ProfileInfo info) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("image", profile.image());
    fields.put("manifest", profile.manifest().toString());
    fields.put("recordedAt", profile.recordedAt().toString());
    fields.put("origin", info.getOrigin());
    fields.put("awaitsImage", info.getAwaitsImage());
    fields.put("recording", info.getRecording());
    fields.put("spans", profile.wanted().size());
    fields.put("bytes", profile.wanted().stream().mapToLong(Step::bytes).sum());
    List<Object> layers = new ArrayList<>();
    for (Part part : parts(profile)) {
      Map<String, Object> layer = new LinkedHashMap<>();
      layer.put("layer", part.layer.layer().toString());
      layer.put("ztoc", part.layer.ztoc().toString());
      layer.put("spans", part.spans);
      layer.put("bytes", part.bytes);
      layer.put("layerBytes", part.layer.bytes());
      layer.put("firstMillis", part.firstMillis);
      layer.put("recordings", part.layer.recordings());
      layers.add(layer);
    }
    fields.put("layers", layers);
    return fields;
  }

  private static String shortened(String digest) {
    return digest.substring(0, Math.min(SHORT_DIGEST, digest.length()));
  }
}
