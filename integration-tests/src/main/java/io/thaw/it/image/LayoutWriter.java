package io.thaw.it.image;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.luben.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/// Writes an OCI image layout: layers one after the other, then configuration, manifest and
/// index. The same input gives the same digests.
public final class LayoutWriter {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CREATED = "2026-01-01T00:00:00Z";
  private static final String OCI = "application/vnd.oci.image.";
  private static final int BUFFER_BYTES = 1 << 16;

  private final Path dir;
  private final List<Layer> layers = new ArrayList<>();
  private final Map<String, String> suffixes = new HashMap<>();

  public LayoutWriter(Path dir) throws IOException {
    this.dir = dir;
    Files.createDirectories(dir.resolve("blobs/sha256"));
  }

  /// Adds a layer from a tar archive, compressed by `gzip` with a header free of name and time.
  public Layer addLayer(InputStream tar) throws IOException {
    Path temporary = dir.resolve("blobs/layer.tmp");
    Process gzip =
        new ProcessBuilder("gzip", "-n", "-6")
            .redirectOutput(temporary.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    MessageDigest raw = sha256();
    try (OutputStream out = gzip.getOutputStream()) {
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int n = tar.read(buffer); n >= 0; n = tar.read(buffer)) {
        raw.update(buffer, 0, n);
        out.write(buffer, 0, n);
      }
    }
    Processes.requireSuccess("gzip", gzip);
    String digest = digestOf(temporary);
    Files.move(temporary, ImageLayout.blobFile(dir, digest));
    Layer layer = new Layer(digest, named(raw), Files.size(ImageLayout.blobFile(dir, digest)));
    layers.add(layer);
    return layer;
  }

  /// A tar archive that is written when it is asked for.
  @FunctionalInterface
  public interface TarSource {
    /// Writes the whole archive; the stream stays open.
    void writeTo(OutputStream tar) throws IOException;
  }

  /// Adds a layer from a tar archive, compressed as one zlib stream of level 6, as most builders
  /// do. Its bytes are those of this JDK's zlib.
  public Layer addLayer(TarSource tar) throws IOException {
    Path temporary = dir.resolve("blobs/layer.tmp");
    MessageDigest raw = sha256();
    MessageDigest stored = sha256();
    try (OutputStream out =
        new GZIPOutputStream(
            new DigestOutputStream(Files.newOutputStream(temporary), stored), BUFFER_BYTES)) {
      DigestOutputStream unpacked = new DigestOutputStream(out, raw);
      tar.writeTo(unpacked);
    }
    String digest = named(stored);
    Path file = ImageLayout.blobFile(dir, digest);
    Files.move(temporary, file);
    Layer layer = new Layer(digest, named(raw), Files.size(file));
    layers.add(layer);
    return layer;
  }

  /// Adds a layer that is stored already, gzip, zstd or plain tar by its name's end, byte for byte.
  /// The same layer may be added more than once.
  public Layer addStored(Path file) throws IOException {
    String name = file.toString();
    String digest = digestOf(file);
    Files.copy(file, ImageLayout.blobFile(dir, digest), StandardCopyOption.REPLACE_EXISTING);
    String diffId = digest;
    if (name.endsWith(".gz")) {
      diffId = diffIdOfGzip(file);
    } else if (name.endsWith(".zst")) {
      try (InputStream in = new ZstdInputStream(Files.newInputStream(file))) {
        diffId = digestOf(in);
      }
      suffixes.put(digest, "+zstd");
    } else {
      suffixes.put(digest, "");
    }
    Layer layer = new Layer(digest, diffId, Files.size(file));
    layers.add(layer);
    return layer;
  }

  private String diffIdOfGzip(Path file) throws IOException {
    Process unpacked = Processes.reading(dir, List.of("gzip", "-dc", file.toString()));
    String diffId;
    try (InputStream in = unpacked.getInputStream()) {
      diffId = digestOf(in);
    }
    Processes.requireSuccess("gzip", unpacked);
    return diffId;
  }

  /// Writes everything but the layers.
  ///
  /// @param command what a container of the image runs
  /// @param environment `NAME=value` pairs
  public ImageLayout finish(List<String> command, List<String> environment) throws IOException {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("created", CREATED);
    config.put("architecture", architecture());
    config.put("os", "linux");
    config.put("config", Map.of("Env", environment, "Cmd", command));
    config.put(
        "rootfs",
        ordered("type", "layers", "diff_ids", layers.stream().map(Layer::diffId).toList()));
    Map<String, Object> configDescriptor = blob(OCI + "config.v1+json", config);

    Map<String, Object> manifest = new LinkedHashMap<>();
    manifest.put("schemaVersion", 2);
    manifest.put("mediaType", OCI + "manifest.v1+json");
    manifest.put("config", configDescriptor);
    manifest.put("layers", layers.stream().map(this::descriptor).toList());
    Map<String, Object> manifestDescriptor = blob(OCI + "manifest.v1+json", manifest);
    manifestDescriptor.put("platform", ordered("architecture", architecture(), "os", "linux"));

    Map<String, Object> index = new LinkedHashMap<>();
    index.put("schemaVersion", 2);
    index.put("mediaType", OCI + "index.v1+json");
    index.put("manifests", List.of(manifestDescriptor));
    Files.write(dir.resolve("index.json"), JSON.writeValueAsBytes(index));
    Files.writeString(dir.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    return new ImageLayout(dir, List.copyOf(layers));
  }

  private Map<String, Object> blob(String mediaType, Map<String, Object> content)
      throws IOException {
    byte[] bytes = JSON.writeValueAsBytes(content);
    MessageDigest digest = sha256();
    digest.update(bytes);
    String name = named(digest);
    Files.write(ImageLayout.blobFile(dir, name), bytes);
    return ordered("mediaType", mediaType, "digest", name, "size", bytes.length);
  }

  private Map<String, Object> descriptor(Layer layer) {
    return ordered(
        "mediaType",
        OCI + "layer.v1.tar" + suffixes.getOrDefault(layer.digest(), "+gzip"),
        "digest",
        layer.digest(),
        "size",
        layer.sizeBytes());
  }

  private static Map<String, Object> ordered(Object... keysAndValues) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      map.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return map;
  }

  private static String architecture() {
    return System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
  }

  /// `sha256:…` of a text.
  public static String digestOf(String text) {
    MessageDigest digest = sha256();
    digest.update(text.getBytes(StandardCharsets.US_ASCII));
    return named(digest);
  }

  private static String digestOf(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return digestOf(in);
    }
  }

  private static String digestOf(InputStream in) throws IOException {
    MessageDigest digest = sha256();
    update(digest, in);
    return named(digest);
  }

  private static void update(MessageDigest digest, InputStream in) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      digest.update(buffer, 0, n);
    }
  }

  private static String named(MessageDigest digest) {
    return "sha256:" + HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has SHA-256", e);
    }
  }
}
