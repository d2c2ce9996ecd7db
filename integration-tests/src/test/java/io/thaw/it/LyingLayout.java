package io.thaw.it;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thaw.it.image.ImageLayout;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// Changes documents of a layout, with digests that fit again from there up.
final class LyingLayout {
  private static final ObjectMapper JSON = new ObjectMapper();

  private LyingLayout() {}

  /// What is done to a document.
  @FunctionalInterface
  interface Change {
    void apply(ObjectNode document) throws IOException;
  }

  /// The layout with another digest of a tar in its configuration.
  static Path withDiffId(ImageLayout image, String from, String to) throws IOException {
    return withManifest(
        image,
        manifest -> {
          ObjectNode config = (ObjectNode) manifest.get("config");
          String text = Files.readString(image.blobFile(config.get("digest").asText()));
          write(image, config, text.replace(from, to).getBytes(StandardCharsets.UTF_8));
        });
  }

  /// The layout with a manifest that is changed in place.
  static Path withManifest(ImageLayout image, Change change) throws IOException {
    Path index = image.dir().resolve("index.json");
    ObjectNode root = (ObjectNode) JSON.readTree(index.toFile());
    ObjectNode entry = (ObjectNode) root.at("/manifests/0");
    ObjectNode manifest = document(image, entry);
    change.apply(manifest);
    write(image, entry, JSON.writeValueAsBytes(manifest));
    Files.write(index, JSON.writeValueAsBytes(root));
    return image.dir();
  }

  private static ObjectNode document(ImageLayout image, ObjectNode descriptor) throws IOException {
    Path file = image.blobFile(descriptor.get("digest").asText());
    return (ObjectNode) JSON.readTree(file.toFile());
  }

  private static void write(ImageLayout image, ObjectNode descriptor, byte[] content)
      throws IOException {
    String digest = Digest.sha256(content).toString();
    Files.write(image.blobFile(digest), content);
    descriptor.put("digest", digest);
    descriptor.put("size", content.length);
  }
}
