package io.thaw.index;

import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.ImageIndex;
import io.thaw.index.oci.ImageManifest;
import io.thaw.index.oci.LayoutFormat;
import io.thaw.index.oci.LayoutWriter;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.OciLayout;
import io.thaw.index.oci.OciWriter;
import io.thaw.index.oci.Platform;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// Layouts made of the golden one's blobs and others.
final class TestLayouts {
  static final Descriptor GZIP_LAYER =
      new Descriptor(
          "application/vnd.oci.image.layer.v1.tar+gzip",
          Digest.parse("sha256:3d0f074595e84acf02d17ddf03aeb0532209ea79e4d1136ebf4762be2fcf3489"),
          371_300);
  static final Descriptor CONFIG =
      new Descriptor(
          MediaTypes.DOCKER_CONFIG,
          Digest.parse("sha256:8c35fbe2a4823fe4583f8d05ac832182434cec6f1b661cf832a1c91885ca98e4"),
          719);

  private TestLayouts() {}

  /// Two images in Docker's types and an attestation, listed side by side in `index.json`.
  static Path multiPlatform(Path dir) throws IOException {
    return layout(dir, "multi", Map.of(), List.of(List.of(GZIP_LAYER), List.of(GZIP_LAYER)));
  }

  static Path layout(
      Path dir, String name, Map<Digest, BlobContent> extra, List<List<Descriptor>> images)
      throws IOException {
    Map<Digest, BlobContent> blobs = new LinkedHashMap<>();
    List<OciDescriptor> entries = new ArrayList<>();
    List<Platform> platforms =
        List.of(
            Platform.of("linux", "amd64"),
            new Platform("arm64", "linux", Optional.empty(), List.of(), Optional.of("v8")));
    Path target = dir.resolve(name);
    try (OciLayout golden = OciLayout.open(Golden.LAYOUT)) {
      for (Digest digest : golden.blobs()) {
        blobs.put(digest, BlobContent.of(golden, digest));
      }
      blobs.putAll(extra);
      for (int i = 0; i < images.size(); i++) {
        SortedMap<String, String> annotations = new TreeMap<>(Map.of("n", Integer.toString(i)));
        entries.add(
            put(blobs, MediaTypes.DOCKER_MANIFEST, images.get(i), annotations)
                .withPlatform(platforms.get(i)));
      }
      if (images.size() > 1) {
        entries.add(
            put(blobs, MediaTypes.OCI_MANIFEST, List.of(), new TreeMap<>())
                .withPlatform(Platform.of("unknown", "unknown"))
                .withAnnotation("vnd.docker.reference.type", "attestation-manifest"));
      }
      LayoutWriter.write(target, LayoutFormat.OCI_DIR, ImageIndex.of(entries), blobs);
    }
    return target;
  }

  private static OciDescriptor put(
      Map<Digest, BlobContent> blobs,
      String mediaType,
      List<Descriptor> layers,
      SortedMap<String, String> annotations) {
    byte[] bytes =
        OciWriter.write(
            new ImageManifest(
                mediaType,
                Optional.empty(),
                OciDescriptor.of(CONFIG),
                layers.stream().map(OciDescriptor::of).toList(),
                Optional.empty(),
                annotations));
    blobs.put(Digest.sha256(bytes), BlobContent.of(bytes));
    return OciDescriptor.of(mediaType, Digest.sha256(bytes), bytes.length);
  }
}
