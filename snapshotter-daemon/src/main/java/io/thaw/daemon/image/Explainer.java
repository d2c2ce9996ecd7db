package io.thaw.daemon.image;

import io.thaw.daemon.image.Explanation.LayerPlan;
import io.thaw.daemon.layer.LayerState;
import io.thaw.daemon.layer.UnpackOrder.KnownZtoc;
import io.thaw.daemon.snapshot.IndexUse;
import io.thaw.daemon.snapshot.LayerMode;
import io.thaw.index.IndexDiscovery;
import io.thaw.index.SociIndex;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.Platform;
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
  private final NodeZtocs nodeZtocs;
  private final PullPolicy policy;
  private final Function<Repository, String> credentials;

  /// @param credentials names the source of credentials for a repository, for people
  public Explainer(
      RegistryClient registry,
      StoredLayers layers,
      NodeZtocs nodeZtocs,
      PullPolicy policy,
      Function<Repository, String> credentials) {
    this(ImageIndexes.of(registry), layers, nodeZtocs, policy, credentials);
  }

  Explainer(
      ImageIndexes indexes,
      LayerOpener opener,
      NodeZtocs nodeZtocs,
      PullPolicy policy,
      Function<Repository, String> credentials) {
    this.indexes = indexes;
    this.opener = opener;
    this.nodeZtocs = nodeZtocs;
    this.policy = policy;
    this.credentials = credentials;
  }

  /// Explains.
  ///
  /// @param platform which image of several; that of this machine is meant if it is empty
  /// @throws IOException if the registry cannot be asked or does not have the image
  public Explanation explain(Reference reference, Optional<Platform> platform) throws IOException {
    IndexDiscovery discovery = indexes.find(reference, platform, policy.versions());
    LayerWays ways = LayerWays.of(discovery, indexes, reference.repository(), nodeZtocs, policy);
    List<LayerPlan> plans = new ArrayList<>();
    for (OciDescriptor layer : ways.image().layers()) {
      plans.add(plan(ways, layer));
    }
    boolean lazy = plans.stream().anyMatch(plan -> plan.mode() == LayerMode.LAZY);
    LayerMode otherwise = ways.objection().isPresent() ? LayerMode.DEFERRED : LayerMode.EAGER;
    return new Explanation(
        reference,
        ways.imageDescriptor().digest(),
        platform.orElseGet(Platform::host).toString(),
        lazy ? LayerMode.LAZY : otherwise,
        reason(ways, plans),
        lazy && ways.missing().isPresent() ? IndexUse.LOCAL : ways.indexUse(),
        plans,
        credentials.apply(reference.repository()),
        plans.stream().mapToLong(LayerPlan::bytesBeforeStart).sum(),
        plans.stream().mapToLong(LayerPlan::bytesBehind).sum(),
        advice(reference, ways, plans));
  }

  private LayerPlan plan(LayerWays ways, OciDescriptor layer) {
    LayerWay way =
        ways.objection().<LayerWay>map(LayerWay.Left::new).orElseGet(() -> ways.of(layer));
    Optional<LayerState> here = opener.state(layer.digest());
    Optional<KnownZtoc> ztoc =
        way instanceof LayerWay.Lazy(KnownZtoc known, _) ? Optional.of(known) : Optional.empty();
    return new LayerPlan(
        layer.digest(),
        layer.sizeBytes(),
        here.map(state -> state.lazy() ? LayerMode.LAZY : LayerMode.EAGER).orElse(mode(way)),
        here.map(Explainer::here).orElseGet(() -> reason(way, layer)),
        ztoc.map(KnownZtoc::digest),
        ztoc.flatMap(known -> ways.refOf(layer, known))
            .map(ref -> ref.ztoc().sizeBytes())
            .orElse(0L),
        here,
        ways.index().map(index -> index.prefetchesOf(layer.digest()).size()).orElse(0));
  }

  private static LayerMode mode(LayerWay way) {
    return switch (way) {
      case LayerWay.Lazy _ -> LayerMode.LAZY;
      case LayerWay.Eager _ -> LayerMode.EAGER;
      case LayerWay.Left _ -> LayerMode.DEFERRED;
    };
  }

  private static String here(LayerState state) {
    return state.settled()
        ? "it is on this node"
        : "it is on this node, %d of %d bytes"
            .formatted(state.progress().bytesPresent(), state.progress().bytes());
  }

  /// A zTOC that a pull makes is told, because the next pull is another one then.
  private String reason(LayerWay way, OciDescriptor layer) {
    boolean made =
        way instanceof LayerWay.Eager(Optional<KnownZtoc> known, _)
            && known.isEmpty()
            && nodeZtocs.make()
            && layer.sizeBytes() >= policy.minZtocLayerBytes();
    return way.reason() + (made ? "; a zTOC is made of it for the next pull here" : "");
  }

  private static String reason(LayerWays ways, List<LayerPlan> plans) {
    long lazy = plans.stream().filter(plan -> plan.ztoc().isPresent()).count();
    long made =
        plans.stream().filter(plan -> plan.ztoc().isPresent() && plan.ztocBytes() == 0).count();
    String node =
        "%d of %d layers have a zTOC that was made on this node".formatted(made, plans.size());
    if (ways.missing().isPresent()) {
      return made == 0 ? ways.missing().get() : node + "; " + ways.missing().get();
    }
    String own = "%d of %d layers are in its index".formatted(lazy - made, plans.size());
    return made == 0 ? own : own + ", " + node;
  }

  private List<String> advice(Reference reference, LayerWays ways, List<LayerPlan> plans) {
    List<String> advice = new ArrayList<>();
    if (policy.parallel() == PullPolicy.Parallel.ALWAYS) {
      advice.add("pull_modes.parallel_pull_unpack.enable = false, which makes every image eager");
    }
    ways.index()
        .ifPresentOrElse(
            index -> {
              for (LayerPlan plan : plans) {
                if (plan.mode() == LayerMode.EAGER && plan.here().isEmpty()) {
                  advise(plan, index.ztocOf(plan.digest()).isPresent()).ifPresent(advice::add);
                }
              }
            },
            () -> advice.addAll(indexing(reference, plans)));
    return advice;
  }

  private Optional<String> advise(LayerPlan plan, boolean hasZtoc) {
    if (hasZtoc) {
      return policy.parallel() == PullPolicy.Parallel.ALWAYS
          ? Optional.empty()
          : Optional.of(
              "lower snapshotter.min_layer_size to make layer %s lazy".formatted(plan.digest()));
    }
    return plan.sizeBytes() < LARGE_BYTES
        ? Optional.empty()
        : Optional.of(
            "layer %s is large and not in the index: index the image again with a lower --min-layer-size"
                .formatted(plan.digest()));
  }

  private List<String> indexing(Reference reference, List<LayerPlan> plans) {
    if (plans.stream().allMatch(plan -> plan.mode() == LayerMode.LAZY)) {
      return List.of();
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
    return advice;
  }
}
