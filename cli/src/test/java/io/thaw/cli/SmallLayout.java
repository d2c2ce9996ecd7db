package io.thaw.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Writes an image layout with the given gzip layers, as they are.
final class SmallLayout {
  private final Path root;
  private final List<String> layers = new ArrayList<>();

  private SmallLayout(Path root) {
    this.root = root;
  }

  static Path write(Path root, byte[]... gzipLayers) throws IOException {
    SmallLayout layout = new SmallLayout(root);
    Files.createDirectories(root.resolve("blobs/sha256"));
    for (byte[] layer : gzipLayers) {
      layout.layers.add(layout.blob("application/vnd.oci.image.layer.v1.tar+gzip", layer));
    }
    String config =
        layout.blob(
            "application/vnd.oci.image.config.v1+json",
            "{\"architecture\":\"amd64\",\"os\":\"linux\"}".getBytes(UTF_8));
    String manifest =
        "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
            + "\"config\":%s,\"layers\":[%s]}".formatted(config, String.join(",", layout.layers));
    String entry =
        layout.blob("application/vnd.oci.image.manifest.v1+json", manifest.getBytes(UTF_8));
    Files.writeString(
        root.resolve("index.json"), "{\"schemaVersion\":2,\"manifests\":[%s]}".formatted(entry));
    Files.writeString(root.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    return root;
  }

  /// Where a layer lies.
  static Path blobFile(Path root, byte[] layer) {
    return root.resolve("blobs/sha256").resolve(Digest.sha256(layer).hex());
  }

  private String blob(String mediaType, byte[] bytes) throws IOException {
    Digest digest = Digest.sha256(bytes);
    Files.write(blobFile(root, bytes), bytes);
    return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d}"
        .formatted(mediaType, digest, bytes.length);
  }
}
