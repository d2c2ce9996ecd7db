package io.thaw.cli;

import io.thaw.cli.containerd.ContainerdAddress;
import io.thaw.index.Converter;
import io.thaw.index.IndexBuilder.Image;
import io.thaw.index.oci.ImageSource;
import io.thaw.index.store.StoredArtifact;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which indexes belong to the image with a name.
final class ImageMatch {
  private static final Logger log = LoggerFactory.getLogger(ImageMatch.class);

  private ImageMatch() {}

  /// The indexes that were made for an image of this name, or that describe what containerd, if it
  /// is there, has under this name now.
  static List<StoredArtifact.Index> of(
      Connections connections, List<StoredArtifact.Index> indexes, String name) {
    String wanted = Place.fullName(name);
    Set<Digest> manifests = manifests(connections, name);
    return indexes.stream()
        .filter(
            index ->
                index.names().stream().map(Place::fullName).anyMatch(wanted::equals)
                    || index.manifest().filter(manifests::contains).isPresent())
        .toList();
  }

  private static Set<Digest> manifests(Connections connections, String name) {
    Set<Digest> manifests = new HashSet<>();
    if (name.startsWith(Place.REGISTRY_PREFIX)) {
      return manifests;
    }
    ContainerdAddress address = connections.address();
    if (!Files.exists(address.socket())) {
      return manifests;
    }
    try (ImageSource source = connections.source(new Place.Containerd(name))) {
      for (Image image : Converter.images(source, List.of())) {
        manifests.add(image.descriptor().digest());
      }
    } catch (IOException e) {
      // The store may know the name although containerd has forgotten it.
      log.debug("containerd cannot tell what {} is", name, e);
    }
    return manifests;
  }
}
