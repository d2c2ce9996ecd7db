package io.thaw.index.oci;

import static java.nio.charset.StandardCharsets.UTF_8;

/// Encodes OCI documents byte for byte as the Go image-spec types do: their field order (a
/// descriptor's platform stands after its annotations), sorted annotations, no line end.
public final class OciWriter {
  private OciWriter() {}

  public static byte[] write(ImageManifest manifest) {
    GoJson json = new GoJson().open().number("schemaVersion", 2);
    if (!manifest.mediaType().isEmpty()) {
      json.string("mediaType", manifest.mediaType());
    }
    json.optional("artifactType", manifest.artifactType());
    descriptor(json.name("config"), manifest.config());
    json.openList("layers");
    manifest.layers().forEach(layer -> descriptor(json, layer));
    json.closeList();
    manifest.subject().ifPresent(subject -> descriptor(json.name("subject"), subject));
    json.map("annotations", manifest.annotations()).close();
    return json.toString().getBytes(UTF_8);
  }

  public static byte[] write(ImageIndex index) {
    GoJson json = new GoJson().open().number("schemaVersion", 2);
    if (!index.mediaType().isEmpty()) {
      json.string("mediaType", index.mediaType());
    }
    json.optional("artifactType", index.artifactType());
    json.openList("manifests");
    index.manifests().forEach(manifest -> descriptor(json, manifest));
    json.closeList();
    index.subject().ifPresent(subject -> descriptor(json.name("subject"), subject));
    json.map("annotations", index.annotations()).close();
    return json.toString().getBytes(UTF_8);
  }

  private static void descriptor(GoJson json, OciDescriptor descriptor) {
    json.open()
        .string("mediaType", descriptor.mediaType())
        .string("digest", descriptor.digest().toString())
        .number("size", descriptor.sizeBytes())
        .strings("urls", descriptor.urls())
        .map("annotations", descriptor.annotations())
        .optional("data", descriptor.data());
    descriptor.platform().ifPresent(platform -> platform(json.name("platform"), platform));
    json.optional("artifactType", descriptor.artifactType()).close();
  }

  private static void platform(GoJson json, Platform platform) {
    json.open()
        .string("architecture", platform.architecture())
        .string("os", platform.os())
        .optional("os.version", platform.osVersion())
        .strings("os.features", platform.osFeatures())
        .optional("variant", platform.variant())
        .close();
  }
}
