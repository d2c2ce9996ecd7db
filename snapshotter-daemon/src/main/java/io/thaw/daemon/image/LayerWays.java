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
import io.thaw.registry.Repository;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Decides how each layer of one image is brought to this node; once, when the image's index has
/// been looked for.
///
/// The image's own index decides first ([LayerChoice]), then zTOCs made on this node. Immutable.
final class LayerWays {
  static final String MADE_HERE = "its zTOC was made on this node";

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

  /// The ways of an image whose index has been looked for.
  static LayerWays of(
      IndexDiscovery discovery,
      ImageIndexes indexes,
      Repository repository,
      NodeZtocs nodeZtocs,
      PullPolicy policy) {
    return new LayerWays(
        discovery,
        ref -> new KnownZtoc(ref.ztoc().digest(), () -> indexes.ztoc(repository, ref)),
        nodeZtocs.of(discovery.image()),
        policy);
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

  /// What a layer is opened by, for the record of reasons.
  IndexUse indexUse(OciDescriptor layer, KnownZtoc ztoc) {
    return refOf(layer, ztoc).isPresent() ? indexUse() : IndexUse.LOCAL;
  }

  /// The index's own entry for a zTOC of this layer; empty if the zTOC was made on this node.
  Optional<ZtocRef> refOf(OciDescriptor layer, KnownZtoc ztoc) {
    return index()
        .flatMap(index -> index.ztocOf(layer.digest()))
        .filter(ref -> ref.ztoc().digest().equals(ztoc.digest()));
  }

  /// Why the image has no index of its own; empty if it has one.
  Optional<String> missing() {
    return discovery instanceof IndexDiscovery.NotFound missing
        ? Optional.of("the image has no SOCI index: " + missing.reason())
        : Optional.empty();
  }

  /// Why no layer of the image is ours to bring; empty if some are.
  Optional<String> objection() {
    boolean nothing = fromNode.isEmpty() && policy.parallel() == Parallel.OFF;
    return nothing ? missing() : Optional.empty();
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
      case IndexDiscovery.NotFound _ -> withoutIndex(layer, missing().orElseThrow());
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
        : new LayerWay.Lazy(ours, MADE_HERE);
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
