package io.thaw.cli.analyze;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.thaw.index.ConvertProgress;
import io.thaw.index.oci.ImageManifest;
import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.Platform;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/// An image in memory, which counts how often its layers are opened.
public final class MemoryImage implements ImageSource {
  private final Map<Digest, byte[]> blobs = new HashMap<>();
  private final List<OciDescriptor> layers = new ArrayList<>();
  private String config =
      "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Env\":[\"PATH=/usr/bin:/bin\"]}}";
  public int opened;

  public MemoryImage layer(byte[] stored) {
    Digest digest = Digest.sha256(stored);
    blobs.put(digest, stored);
    layers.add(
        OciDescriptor.of("application/vnd.oci.image.layer.v1.tar+gzip", digest, stored.length));
    return this;
  }

  /// A layer that the image names and nobody has.
  public MemoryImage absentLayer() {
    Digest digest = Digest.sha256(new byte[] {1});
    layers.add(OciDescriptor.of("application/vnd.oci.image.layer.v1.tar+gzip", digest, 1));
    return this;
  }

  public MemoryImage config(String json) {
    config = json;
    return this;
  }

  /// Analyses this image.
  public Analysis analyze(Path scratch, AnalyzeOptions options) throws IOException {
    OciDescriptor descriptor =
        OciDescriptor.of(MediaTypes.OCI_MANIFEST, Digest.sha256(new byte[0]), 0)
            .withPlatform(Platform.of("linux", "amd64"));
    return new ImageAnalyzer(options, SpanSupply.NONE, ConvertProgress.NONE, scratch)
        .analyze(this, descriptor, manifest());
  }

  public Analysis analyze(Path scratch) throws IOException {
    return analyze(scratch, new AnalyzeOptions(1 << 16, Optional.empty(), List.of(), 2));
  }

  /// Analyses this image and what a command needs of it.
  public Analysis start(Path scratch, String... arguments) throws IOException {
    return analyze(
        scratch, new AnalyzeOptions(1 << 16, Optional.of(List.of(arguments)), List.of(), 2));
  }

  private ImageManifest manifest() {
    byte[] bytes = config.getBytes(UTF_8);
    blobs.put(Digest.sha256(bytes), bytes);
    return new ImageManifest(
        MediaTypes.OCI_MANIFEST,
        Optional.empty(),
        OciDescriptor.of(MediaTypes.OCI_CONFIG, Digest.sha256(bytes), bytes.length),
        layers,
        Optional.empty(),
        new TreeMap<>());
  }

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public OciDescriptor root() {
    throw new UnsupportedOperationException();
  }

  @Override
  public byte[] document(Descriptor descriptor) {
    return blobs.get(descriptor.digest()).clone();
  }

  @Override
  public OptionalLong sizeBytes(Digest digest) {
    byte[] blob = blobs.get(digest);
    return blob == null ? OptionalLong.empty() : OptionalLong.of(blob.length);
  }

  @Override
  public InputStream open(Descriptor blob) throws IOException {
    byte[] bytes = blobs.get(blob.digest());
    if (bytes == null) {
      throw new FileNotFoundException(blob.digest().toString());
    }
    synchronized (this) {
      opened++;
    }
    return new ByteArrayInputStream(bytes);
  }

  @Override
  public void close() {}
}
