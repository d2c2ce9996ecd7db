package io.thaw.index.store;

import io.thaw.index.SociIndex;
import io.thaw.index.oci.Platform;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// What the store knows of one artifact.
public sealed interface StoredArtifact {

  /// Media type, digest and size of its bytes.
  Descriptor descriptor();

  /// When it was first stored, to the second.
  Instant created();

  /// A SOCI index manifest.
  ///
  /// @param manifest the image manifest it describes; unknown for a v2 index that was found without
  ///     its image
  /// @param image what the image's name pointed to: the manifest itself or an image index
  /// @param platform unknown for an index that was found without its image
  /// @param names the names the image had, in their order
  /// @param ztocs its zTOCs, in the order of the image's layers
  /// @param prefetches its prefetch artifacts
  record Index(
      Descriptor descriptor,
      SociIndex.Version version,
      Optional<Digest> manifest,
      Optional<Digest> image,
      Optional<Platform> platform,
      List<String> names,
      List<Digest> ztocs,
      List<Digest> prefetches,
      Instant created)
      implements StoredArtifact {
    public Index {
      names = List.copyOf(names);
      ztocs = List.copyOf(ztocs);
      prefetches = List.copyOf(prefetches);
    }
  }

  /// A zTOC.
  ///
  /// @param layer digest of the layer as stored
  /// @param spanSizeBytes absent if the index that names it does not say
  record Ztoc(
      Descriptor descriptor,
      Digest layer,
      String layerMediaType,
      OptionalLong spanSizeBytes,
      Instant created)
      implements StoredArtifact {}

  /// A prefetch artifact.
  record Prefetch(Descriptor descriptor, Digest layer, Instant created) implements StoredArtifact {}
}
