package io.thaw.daemon.image;

import io.thaw.daemon.image.PullPolicy.Parallel;
import io.thaw.daemon.layer.UnpackOrder.KnownZtoc;
import io.thaw.daemon.snapshot.IndexUse;
import io.thaw.index.IndexDiscovery;
import io.thaw.index.LayerType;
import io.thaw.index.SociIndex;
import io.thaw.index.SociIndex.ZtocRef;
import io.thaw.index.oci.ImageManifest;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Decides how each layer of one image is brought to this node; once, when the image's index has
/// been looked for.
///
/// The image's own index decides first ([LayerChoice]), then zTOCs made on this node. Immutable.
final class LayerWays {
  private final IndexDiscovery discovery;
  private final Function<ZtocRef, KnownZtoc> content;
  private final Map<Digest, KnownZtoc> fromNode;
  private final PullPolicy policy;

  /// @param content how a zTOC of the image's index is had
  /// @param fromNode zTOCs made on this node
  LayerWays(
      IndexDiscovery discovery,
      Function<ZtocRef, KnownZtoc> content,
      Map<Digest, KnownZtoc> fromNode,
      PullPolicy policy) {
    this.discovery = discovery;
    this.content = content;
    this.fromNode = Map.copyOf(fromNode);
    this.policy = policy;
  }

  ImageManifest image() {
    return discovery.image();
  }

  Descriptor imageDescriptor() {
    return discovery.imageDescriptor();
  }

  /// The image's own index.
  Optional<SociIndex> index() {
    return discovery instanceof IndexDiscovery.Found found
        ? Optional.of(found.index())
        : Optional.empty();
  }

  /// The index for the record of reasons.
  IndexUse indexUse() {
    return discovery instanceof IndexDiscovery.Found found
        ? LayerChoice.indexUse(found)
        : IndexUse.NONE;
  }

  /// Why no layer of the image is ours to bring; empty if some are.
  Optional<String> objection() {
    boolean nothing = fromNode.isEmpty() && policy.parallel() == Parallel.OFF;
    return nothing && discovery instanceof IndexDiscovery.NotFound missing
        ? Optional.of("the image has no SOCI index: " + missing.reason())
        : Optional.empty();
  }

  /// Whether layers with a zTOC are lazy, and there are some.
  boolean mostlyLazy() {
    return policy.parallel() != Parallel.ALWAYS && (index().isPresent() || !fromNode.isEmpty());
  }

  /// The way of one layer.
  LayerWay of(OciDescriptor layer) {
    Optional<String> refusal = refusal(layer);
    if (refusal.isPresent()) {
      return new LayerWay.Left(refusal.get());
    }
    return switch (discovery) {
      case IndexDiscovery.Found found ->
          switch (LayerChoice.of(found, layer, policy)) {
            case LayerChoice.Lazy(ZtocRef ref, String reason) ->
                new LayerWay.Lazy(content.apply(ref), reason);
            case LayerChoice.Whole(String reason) -> withoutIndex(layer, reason);
          };
      case IndexDiscovery.NotFound missing ->
          withoutIndex(layer, "the image has no SOCI index: " + missing.reason());
    };
  }

  /// The image's index is none for this layer, for this reason.
  private LayerWay withoutIndex(OciDescriptor layer, String reason) {
    Optional<KnownZtoc> known =
        index()
            .flatMap(index -> index.ztocOf(layer.digest()))
            .map(content)
            .or(() -> Optional.ofNullable(fromNode.get(layer.digest())));
    if (policy.parallel() == Parallel.ALWAYS) {
      return new LayerWay.Eager(known, "pull_modes.parallel_pull_unpack is enabled");
    }
    KnownZtoc ours = fromNode.get(layer.digest());
    return ours == null || layer.sizeBytes() < policy.minLayerSizeBytes()
        ? new LayerWay.Eager(Optional.empty(), reason)
        : new LayerWay.Lazy(ours, "its zTOC was made on this node");
  }

  /// Why nobody here can bring the layer.
  private static Optional<String> refusal(OciDescriptor layer) {
    if (LayerType.of(layer.mediaType()) == LayerType.OTHER) {
      return Optional.of("its media type " + layer.mediaType() + " is no layer this daemon knows");
    }
    if (!layer.urls().isEmpty()) {
      return Optional.of(
          "it is a foreign layer: its registry does not distribute it, containerd fetches it from"
              + " the place its descriptor names");
    }
    if (layer.sizeBytes() <= 0) {
      return Optional.of("its descriptor says it has no bytes");
    }
    return Optional.empty();
  }
}
