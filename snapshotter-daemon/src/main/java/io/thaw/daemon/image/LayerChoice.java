package io.thaw.daemon.image;

import io.thaw.daemon.snapshot.IndexUse;
import io.thaw.index.IndexDiscovery;
import io.thaw.index.SociIndex.ZtocRef;
import io.thaw.index.oci.OciDescriptor;
import java.util.Locale;
import java.util.Optional;

/// What an image's own index says of a layer.
sealed interface LayerChoice {

  /// For people.
  String reason();

  /// Mount it through its zTOC.
  record Lazy(ZtocRef ztoc, String reason) implements LayerChoice {}

  /// Fetch it whole.
  record Whole(String reason) implements LayerChoice {}

  /// Chooses.
  static LayerChoice of(IndexDiscovery.Found found, OciDescriptor layer, PullPolicy policy) {
    if (policy.parallel() == PullPolicy.Parallel.ALWAYS) {
      return new Whole("pull_modes.parallel_pull_unpack is enabled");
    }
    Optional<ZtocRef> ztoc = found.index().ztocOf(layer.digest());
    if (ztoc.isEmpty()) {
      return new Whole("the index has no zTOC for this layer");
    }
    if (layer.sizeBytes() < policy.minLayerSizeBytes()) {
      return new Whole(
          "the layer has %d bytes, fewer than snapshotter.min_layer_size = %d"
              .formatted(layer.sizeBytes(), policy.minLayerSizeBytes()));
    }
    return new Lazy(
        ztoc.get(),
        "its zTOC is in index %s (%s)".formatted(found.descriptor().digest(), describe(found)));
  }

  /// The index for the record of reasons.
  static IndexUse indexUse(IndexDiscovery.Found found) {
    return new IndexUse(
        found.source().name().toLowerCase(Locale.ROOT), found.descriptor().digest().toString());
  }

  private static String describe(IndexDiscovery.Found found) {
    return switch (found.source()) {
      case EXPLICIT -> "named by the caller";
      case ANNOTATION -> "v2, named by the image manifest";
      case REFERRERS -> "v1, listed by the registry";
    };
  }
}
