package io.thaw.cli.containerd;

import io.thaw.index.SociMediaTypes;
import io.thaw.index.oci.ImageIndex;
import io.thaw.index.oci.ImageManifest;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.OciReader;
import io.thaw.index.oci.Platform;
import io.thaw.index.store.ImageFacts;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which images a SOCI index belongs to, found by reading what the names of a namespace point to.
final class ImageWalk {
  private static final Logger log = LoggerFactory.getLogger(ImageWalk.class);
  private static final int MAX_NESTING = 4;

  private final ContentStore store;

  /// By image manifest, for v1 indexes, and by index, for v2.
  private final Map<Digest, List<ImageFacts>> byManifest = new LinkedHashMap<>();

  private final Map<Digest, List<ImageFacts>> byIndex = new LinkedHashMap<>();

  private ImageWalk(ContentStore store) {
    this.store = store;
  }

  /// Reads the images. One that is not there, or cannot be understood, has no indexes we could
  /// name, and does not keep the others from being found.
  static ImageWalk of(ContentStore store, List<ContainerdImage> images) {
    ImageWalk walk = new ImageWalk(store);
    for (ContainerdImage image : images) {
      try {
        walk.visit(image, image.target(), 0);
      } catch (IOException e) {
        log.debug("image {} cannot be read", image.name(), e);
      }
    }
    return walk;
  }

  /// The images that have this manifest, one for each name.
  List<ImageFacts> ofManifest(Digest manifest) {
    return byManifest.getOrDefault(manifest, List.of());
  }

  /// The images that list this v2 index, one for each name.
  List<ImageFacts> ofIndex(Digest index) {
    return byIndex.getOrDefault(index, List.of());
  }

  /// The v2 indexes that images list.
  List<Digest> listedIndexes() {
    return List.copyOf(byIndex.keySet());
  }

  private void visit(ContainerdImage image, OciDescriptor node, int depth) throws IOException {
    if (MediaTypes.isIndex(node.mediaType())) {
      Optional<byte[]> document = document(node);
      if (document.isEmpty() || depth == MAX_NESTING) {
        return;
      }
      ImageIndex index = OciReader.index(document.get());
      for (OciDescriptor child : index.manifests()) {
        visit(image, child, depth + 1);
      }
    } else if (node.artifactType().filter(SociMediaTypes.INDEX_V2::equals).isPresent()) {
      Digest manifest = manifestOf(node);
      add(byIndex, node.digest(), image, manifest, node.platform());
    } else if (MediaTypes.isManifest(node.mediaType())) {
      add(byManifest, node.digest(), image, node.digest(), platform(node));
    }
  }

  private static Digest manifestOf(OciDescriptor index) throws IOException {
    String manifest = index.annotations().get(SociMediaTypes.IMAGE_MANIFEST_DIGEST);
    try {
      return Digest.parse(manifest == null ? "" : manifest);
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "SOCI index " + index.digest() + " does not say which image manifest it is for", e);
    }
  }

  /// What the entry says, else what the manifest's configuration says.
  private Optional<Platform> platform(OciDescriptor entry) throws IOException {
    if (entry.platform().isPresent()) {
      return entry.platform();
    }
    Optional<byte[]> document = document(entry);
    if (document.isEmpty()) {
      return Optional.empty();
    }
    ImageManifest manifest = OciReader.manifest(document.get());
    if (!MediaTypes.isImageConfig(manifest.config().mediaType())) {
      return Optional.empty();
    }
    Optional<byte[]> config = document(manifest.config());
    return config.isPresent()
        ? Optional.of(OciReader.platformOfConfig(config.get()))
        : Optional.empty();
  }

  private Optional<byte[]> document(OciDescriptor descriptor) throws IOException {
    Optional<ContentStore.Blob> blob = store.find(descriptor.digest());
    return blob.isPresent() ? Optional.of(store.document(blob.get())) : Optional.empty();
  }

  private static void add(
      Map<Digest, List<ImageFacts>> found,
      Digest key,
      ContainerdImage image,
      Digest manifest,
      Optional<Platform> platform) {
    found
        .computeIfAbsent(key, digest -> new ArrayList<>())
        .add(
            new ImageFacts(Optional.of(image.name()), image.target().digest(), manifest, platform));
  }
}
