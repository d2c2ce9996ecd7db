package io.thaw.daemon.image;

import io.thaw.daemon.image.Explanation.LayerPlan;
import io.thaw.daemon.layer.LayerState;
import io.thaw.daemon.snapshot.IndexUse;
import io.thaw.daemon.snapshot.LayerMode;
import io.thaw.index.IndexDiscovery;
import io.thaw.index.IndexResolver;
import io.thaw.index.SociIndex;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.Platform;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Says what a pull would do, by the rules of a pull, without pulling. Blocks on the network;
/// safe for use by many threads.
public final class Explainer {
  /// A layer as large as this is worth an index whatever its image's index was made with.
  private static final long LARGE_BYTES = 10 << 20;

  private final ImageIndexes indexes;
  private final LayerOpener opener;
  private final PullPolicy policy;
  private final Function<Repository, String> credentials;

  /// @param credentials names the source of credentials for a repository, for people
  public Explainer(
      RegistryClient registry,
      StoredLayers layers,
      PullPolicy policy,
      Function<Repository, String> credentials) {
    this(ImageIndexes.of(registry), layers, policy, credentials);
  }

  Explainer(
      ImageIndexes indexes,
      LayerOpener opener,
      PullPolicy policy,
      Function<Repository, String> credentials) {
    this.indexes = indexes;
    this.opener = opener;
    this.policy = policy;
    this.credentials = credentials;
  }

  /// Explains.
  ///
  /// @throws IOException if the registry cannot be asked or does not have the image
  public Explanation explain(Reference reference) throws IOException {
    Digest named = indexes.resolve(reference);
    IndexDiscovery discovery =
        indexes.find(
            new IndexResolver.Query(
                reference.repository(), named, Optional.empty(), policy.versions()));
    return switch (discovery) {
      case IndexDiscovery.Found found -> indexed(reference, found);
      case IndexDiscovery.NotFound none -> plain(reference, none);
    };
  }

  private Explanation indexed(Reference reference, IndexDiscovery.Found found) {
    List<LayerPlan> plans = new ArrayList<>();
    for (OciDescriptor layer : found.image().layers()) {
      plans.add(plan(found, layer));
    }
    long lazy = plans.stream().filter(plan -> plan.mode() == LayerMode.LAZY).count();
    String reason =
        "%d of %d layers are in its index".formatted(lazy, found.image().layers().size());
    List<String> advice = new ArrayList<>();
    for (LayerPlan plan : plans) {
      if (plan.mode() == LayerMode.EAGER && plan.here().isEmpty()) {
        advise(plan, found.index().ztocOf(plan.digest()).isPresent()).ifPresent(advice::add);
      }
    }
    return explanation(
        reference,
        found.imageDescriptor().digest(),
        lazy > 0 ? LayerMode.LAZY : LayerMode.EAGER,
        reason,
        LayerChoice.indexUse(found),
        plans,
        advice);
  }

  private LayerPlan plan(IndexDiscovery.Found found, OciDescriptor layer) {
    Optional<LayerState> here = opener.state(layer.digest());
    LayerChoice choice = LayerChoice.of(found, layer, policy);
    int artifacts = found.index().prefetchesOf(layer.digest()).size();
    return switch (choice) {
      case LayerChoice.Lazy(var ref, String reason) ->
          new LayerPlan(
              layer.digest(),
              layer.sizeBytes(),
              here.filter(state -> !state.lazy()).isPresent() ? LayerMode.EAGER : LayerMode.LAZY,
              here.isPresent() ? here(here.get()) : reason,
              Optional.of(ref.ztoc()),
              here,
              artifacts);
      case LayerChoice.Whole(String reason) ->
          new LayerPlan(
              layer.digest(),
              layer.sizeBytes(),
              here.filter(LayerState::lazy).isPresent() ? LayerMode.LAZY : LayerMode.EAGER,
              here.isPresent() ? here(here.get()) : reason,
              Optional.empty(),
              here,
              artifacts);
    };
  }

  private static Optional<String> advise(LayerPlan plan, boolean hasZtoc) {
    if (hasZtoc) {
      return Optional.of(
          "lower snapshotter.min_layer_size to make layer %s lazy".formatted(plan.digest()));
    }
    return plan.sizeBytes() < LARGE_BYTES
        ? Optional.empty()
        : Optional.of(
            "layer %s is large and not in the index: index the image again with a lower --min-layer-size"
                .formatted(plan.digest()));
  }

  private Explanation plain(Reference reference, IndexDiscovery.NotFound none) {
    boolean whole = policy.parallel() != PullPolicy.Parallel.OFF;
    LayerMode without = whole ? LayerMode.EAGER : LayerMode.DEFERRED;
    String way =
        whole
            ? "the image has no index; it is fetched whole and unpacked here"
            : "the image has no index; containerd pulls it";
    List<LayerPlan> plans = new ArrayList<>();
    for (OciDescriptor layer : none.image().layers()) {
      Optional<LayerState> here = opener.state(layer.digest());
      LayerMode mode =
          here.map(state -> state.lazy() ? LayerMode.LAZY : LayerMode.EAGER).orElse(without);
      plans.add(
          new LayerPlan(
              layer.digest(),
              layer.sizeBytes(),
              mode,
              here.map(Explainer::here).orElse(way),
              Optional.empty(),
              here,
              0));
    }
    List<String> advice = new ArrayList<>();
    String name = reference.toString();
    advice.add(
        "thaw convert registry://%s registry://%s-soci, and pull that".formatted(name, name));
    if (!policy.versions().contains(SociIndex.Version.V1)) {
      advice.add(
          "if it must keep its digest: thaw create registry://%s && thaw push registry://%s, and pull_modes.soci_v1.enable = true on the nodes"
              .formatted(name, name));
    }
    return explanation(
        reference,
        none.imageDescriptor().digest(),
        without,
        "the image has no SOCI index: " + none.reason(),
        IndexUse.NONE,
        plans,
        advice);
  }

  private static String here(LayerState state) {
    return state.settled()
        ? "it is on this node"
        : "it is on this node, %d of %d bytes"
            .formatted(state.progress().bytesPresent(), state.progress().bytes());
  }

  private Explanation explanation(
      Reference reference,
      Digest manifest,
      LayerMode mode,
      String reason,
      IndexUse index,
      List<LayerPlan> plans,
      List<String> advice) {
    return new Explanation(
        reference,
        manifest,
        Platform.host().toString(),
        mode,
        reason,
        index,
        plans,
        credentials.apply(reference.repository()),
        plans.stream().mapToLong(LayerPlan::bytesBeforeStart).sum(),
        plans.stream().mapToLong(LayerPlan::bytesBehind).sum(),
        advice);
  }
}
