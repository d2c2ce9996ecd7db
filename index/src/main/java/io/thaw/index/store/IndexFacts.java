package io.thaw.index.store;

import io.thaw.index.SociIndex;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// From an index manifest to what a store keeps of it.
public final class IndexFacts {
  private IndexFacts() {}

  /// What is known of an index.
  ///
  /// @param image empty if it was found without its image
  public static StoredArtifact.Index index(
      Descriptor descriptor, SociIndex index, Optional<ImageFacts> image, Instant created) {
    Optional<Digest> subject = index.subject().map(Descriptor::digest);
    return new StoredArtifact.Index(
        descriptor,
        index.version(),
        image.map(ImageFacts::manifest).or(() -> subject),
        image.map(ImageFacts::image).or(() -> subject),
        image.flatMap(ImageFacts::platform),
        image.flatMap(ImageFacts::name).stream().toList(),
        index.ztocs().stream().map(ref -> ref.ztoc().digest()).distinct().toList(),
        index.prefetches().stream().map(ref -> ref.artifact().digest()).distinct().toList(),
        created);
  }

  /// The zTOCs and prefetch artifacts of an index.
  public static List<StoredArtifact> blobs(SociIndex index, Instant created) {
    List<StoredArtifact> blobs = new ArrayList<>();
    for (SociIndex.ZtocRef ref : index.ztocs()) {
      blobs.add(
          new StoredArtifact.Ztoc(
              ref.ztoc(), ref.layerDigest(), ref.layerMediaType(), ref.spanSizeBytes(), created));
    }
    for (SociIndex.PrefetchRef ref : index.prefetches()) {
      blobs.add(new StoredArtifact.Prefetch(ref.artifact(), ref.layerDigest(), created));
    }
    return blobs;
  }

  /// An index with one more name, and its image's facts.
  public static StoredArtifact.Index with(StoredArtifact.Index index, ImageFacts image) {
    Set<String> names = new LinkedHashSet<>(index.names());
    image.name().ifPresent(names::add);
    return new StoredArtifact.Index(
        index.descriptor(),
        index.version(),
        Optional.of(image.manifest()),
        Optional.of(image.image()),
        image.platform().or(index::platform),
        List.copyOf(names),
        index.ztocs(),
        index.prefetches(),
        index.created());
  }
}
