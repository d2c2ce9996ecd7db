package io.thaw.daemon.image;

import io.thaw.daemon.layer.LayerBlob;
import io.thaw.daemon.snapshot.LayerProvider.Lease;
import io.thaw.daemon.snapshot.ProvidedLayer;
import io.thaw.index.IndexDiscovery;
import io.thaw.index.IndexResolver;
import io.thaw.index.SociIndex.ZtocRef;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One image on its way: its index is looked for once, then all layers are worked on at once, each
/// on its own virtual thread. Requests only collect.
final class ImagePull {
  private static final Logger LOG = LoggerFactory.getLogger(ImagePull.class);

  private final ImageKey key;
  private final ImageIndexes indexes;
  private final LayerOpener opener;
  private final PullPolicy policy;
  private final Semaphore unpacks;
  private final CompletableFuture<Plan> plan = new CompletableFuture<>();
  private final Map<Digest, LayerWork> work = new ConcurrentHashMap<>();

  ImagePull(ImageKey key, ImageIndexes indexes, LayerOpener opener, PullPolicy policy) {
    this.key = key;
    this.indexes = indexes;
    this.opener = opener;
    this.policy = policy;
    this.unpacks = new Semaphore(policy.unpacks());
  }

  /// What is known of the image as a whole.
  sealed interface Plan {
    record Indexed(IndexDiscovery.Found found) implements Plan {}

    record Hopeless(LayerResult result) implements Plan {}
  }

  /// Work on one layer, and the lease that keeps its result in the store until somebody takes it.
  record LayerWork(CompletableFuture<LayerResult> result, Lease lease) {}

  CompletableFuture<Plan> plan() {
    return plan;
  }

  /// Looks for the index; with one, starts on `wanted` and the layers after it.
  void start(Digest wanted) {
    Thread.ofVirtual()
        .name("pull " + key.reference())
        .start(
            () -> {
              try {
                Plan made = makePlan();
                if (made instanceof Plan.Indexed(IndexDiscovery.Found found)) {
                  layersFrom(found, wanted).forEach(layer -> workOn(found, layer));
                }
                plan.complete(made);
              } finally {
                // After an error nobody foresaw: who waits is to be answered, not to time out.
                plan.complete(
                    new Plan.Hopeless(
                        new LayerResult.Failed("looking for the index ended with an error")));
              }
            });
  }

  private Plan makePlan() {
    Repository repository = key.reference().repository();
    try {
      Optional<Digest> known = key.manifest();
      Digest manifest = known.isPresent() ? known.get() : indexes.resolve(key.reference());
      IndexDiscovery discovery =
          indexes.find(
              new IndexResolver.Query(
                  repository, manifest, key.explicitIndex(), policy.versions()));
      return switch (discovery) {
        case IndexDiscovery.NotFound(String reason, _, _) ->
            new Plan.Hopeless(new LayerResult.NoIndex("the image has no SOCI index: " + reason));
        case IndexDiscovery.Found found -> {
          LOG.atInfo()
              .addKeyValue("image", key.reference().toString())
              .addKeyValue("index", found.descriptor().digest().toString())
              .addKeyValue("source", found.source().name())
              .addKeyValue("layers", found.image().layers().size())
              .addKeyValue("ztocs", found.index().ztocs().size())
              .log("found SOCI index");
          yield new Plan.Indexed(found);
        }
      };
    } catch (IOException | RuntimeException e) {
      LOG.atWarn()
          .addKeyValue("image", key.reference().toString())
          .setCause(e)
          .log("unable to fetch SOCI artifacts");
      return new Plan.Hopeless(
          new LayerResult.Unreachable("the index cannot be looked for: " + e.getMessage()));
    }
  }

  /// containerd asks from the bottom up for what it lacks, so lower layers are here already.
  private static List<OciDescriptor> layersFrom(IndexDiscovery.Found found, Digest wanted) {
    List<OciDescriptor> layers = found.image().layers();
    int first = 0;
    while (first < layers.size() && !layers.get(first).digest().equals(wanted)) {
      first++;
    }
    return layers.subList(first, layers.size());
  }

  /// The work on a layer; begins it if need be. Only with an index.
  LayerWork workOn(IndexDiscovery.Found found, OciDescriptor layer) {
    return work.computeIfAbsent(
        layer.digest(),
        digest -> {
          LayerWork begun = new LayerWork(new CompletableFuture<>(), opener.lease(digest));
          Thread.ofVirtual()
              .name("layer " + digest)
              .start(
                  () -> {
                    try {
                      begun.result().complete(run(found, layer));
                    } finally {
                      begun
                          .result()
                          .complete(
                              new LayerResult.Failed("work on the layer ended with an error"));
                    }
                  });
          return begun;
        });
  }

  /// Forgets the work on a layer, so that the next request begins it anew.
  void forget(Digest layer, LayerWork finished) {
    if (work.remove(layer, finished)) {
      finished.lease().close();
    }
  }

  /// Ends the leases nobody took over.
  void close() {
    work.forEach(
        (digest, finished) -> {
          if (finished.result().isDone()) {
            forget(digest, finished);
          } else {
            var _ = finished.result().whenComplete((_, _) -> forget(digest, finished));
          }
        });
  }

  private LayerResult run(IndexDiscovery.Found found, OciDescriptor layer) {
    try {
      Repository repository = key.reference().repository();
      LayerBlob blob = new LayerBlob(layer.digest(), layer.sizeBytes(), repository);
      return switch (LayerChoice.of(found, layer, policy)) {
        case LayerChoice.Whole(String reason) -> unpack(found, blob, reason);
        case LayerChoice.Lazy(ZtocRef ztoc, String reason) -> openLazy(found, blob, ztoc, reason);
      };
    } catch (IOException | RuntimeException e) {
      LOG.atWarn()
          .addKeyValue("image", key.reference().toString())
          .addKeyValue("layerDigest", layer.digest().toString())
          .setCause(e)
          .log("failed to resolve layer");
      return new LayerResult.Failed("the layer could not be prepared: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new LayerResult.Failed("the daemon is stopping");
    }
  }

  private LayerResult openLazy(
      IndexDiscovery.Found found, LayerBlob blob, ZtocRef ref, String reason) throws IOException {
    LayerOpener.Opened opened =
        opener.openLazy(blob, ref.ztoc().digest(), () -> indexes.ztoc(blob.repository(), ref));
    if (opened.lazy()) {
      PrefetchArtifacts.of(found.index(), blob, indexes).startFor(opener);
    }
    return result(found, opened, blob, opened.lazy() ? reason : "it was unpacked here before");
  }

  private LayerResult unpack(IndexDiscovery.Found found, LayerBlob blob, String reason)
      throws IOException, InterruptedException {
    unpacks.acquire();
    try {
      LayerOpener.Opened opened = opener.unpack(blob);
      return result(
          found,
          opened,
          blob,
          opened.lazy() ? "it is lazy here already" : reason + "; unpacked here");
    } finally {
      unpacks.release();
    }
  }

  private static LayerResult result(
      IndexDiscovery.Found found, LayerOpener.Opened opened, LayerBlob blob, String reason) {
    ProvidedLayer layer =
        new ProvidedLayer(
            opened.number(),
            blob.digest().toString(),
            opened.lazy(),
            reason,
            LayerChoice.indexUse(found));
    return opened.lazy() ? new LayerResult.Lazy(layer) : new LayerResult.Unpacked(layer);
  }
}
