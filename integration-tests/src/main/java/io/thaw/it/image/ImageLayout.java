package io.thaw.it.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// An OCI image layout in a directory that holds one image for one platform.
///
/// @param dir the directory with `index.json`
/// @param layers the image's layers, the lowest first
public record ImageLayout(Path dir, List<Layer> layers) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /// Reads back a layout that [LayoutWriter] made.
  public static ImageLayout read(Path dir) throws IOException {
    JsonNode index = JSON.readTree(dir.resolve("index.json").toFile());
    JsonNode manifest = blob(dir, index.at("/manifests/0/digest").asText());
    JsonNode config = blob(dir, manifest.at("/config/digest").asText());
    List<Layer> layers = new ArrayList<>();
    for (JsonNode layer : manifest.get("layers")) {
      String diffId = config.at("/rootfs/diff_ids/" + layers.size()).asText();
      layers.add(new Layer(layer.get("digest").asText(), diffId, layer.get("size").asLong()));
    }
    return new ImageLayout(dir, List.copyOf(layers));
  }

  /// `sha256:…` of the image manifest.
  public String manifestDigest() throws IOException {
    return JSON.readTree(dir.resolve("index.json").toFile()).at("/manifests/0/digest").asText();
  }

  /// What containerd calls the snapshot of the topmost layer.
  public String chainId() {
    return chainId(layers.size() - 1);
  }

  /// What containerd calls the snapshot of a layer with all below it, counted from 0.
  public String chainId(int layer) {
    String chain = layers.getFirst().diffId();
    for (Layer above : layers.subList(1, layer + 1)) {
      chain = LayoutWriter.digestOf(chain + " " + above.diffId());
    }
    return chain;
  }

  /// Sum of the layers' compressed sizes.
  public long compressedBytes() {
    return layers.stream().mapToLong(Layer::sizeBytes).sum();
  }

  /// The file that holds a blob of the layout, by `sha256:…`.
  public Path blobFile(String digest) {
    return blobFile(dir, digest);
  }

  static Path blobFile(Path dir, String digest) {
    return dir.resolve("blobs/sha256").resolve(digest.substring("sha256:".length()));
  }

  private static JsonNode blob(Path dir, String digest) throws IOException {
    Path file = blobFile(dir, digest);
    if (!Files.isRegularFile(file)) {
      throw new IOException("The layout " + dir + " has no blob " + digest);
    }
    return JSON.readTree(file.toFile());
  }
}
