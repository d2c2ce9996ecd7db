package io.thaw.daemon.image;

import io.thaw.daemon.fetch.ParallelDownloads;
import io.thaw.daemon.layer.LayerBlob;
import io.thaw.daemon.layer.MadeZtoc;
import io.thaw.daemon.layer.UnpackOrder;
import io.thaw.daemon.layer.UnpackOrder.KnownZtoc;
import io.thaw.daemon.log.RequestContext;
import io.thaw.daemon.profile.ImageStarts;
import io.thaw.daemon.profile.ImageStarts.ImageStart;
import io.thaw.daemon.snapshot.IndexUse;
import io.thaw.daemon.snapshot.LayerProvider.Lease;
import io.thaw.daemon.snapshot.ProvidedLayer;
import io.thaw.index.IndexDiscovery;
import io.thaw.index.IndexResolver;
import io.thaw.index.PrefetchArtifact.SpanRange;
import io.thaw.index.oci.ImageManifest;
import io.thaw.index.oci.MalformedManifestException;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One image on its way: its index is looked for once, then all layers are worked on at once, each
/// on its own virtual thread. Requests only collect.
final class ImagePull {
  private static final Logger LOG = LoggerFactory.getLogger(ImagePull.class);

  /// What all pulls share.
  ///
  /// @param unpacks bounds the layers of all images that are unpacked at a time
  record Shared(
      ImageIndexes indexes,
      LayerOpener opener,
      NodeZtocs nodeZtocs,
      PullPolicy policy,
      ImageStarts starts,
      PullEvents events,
      Semaphore unpacks) {}

  private final ImageKey key;
  private final Shared shared;
  private final LargestFirst unpacks;
  private final LargestFirst smallUnpacks = new LargestFirst(PullPolicy.SMALL_UNPACKS);
  private final ParallelDownloads.Share share;
  private final CompletableFuture<Plan> plan = new CompletableFuture<>();
  private final Map<Digest, LayerWork> work = new ConcurrentHashMap<>();
  private final Map<Digest, MadeZtoc> made = new ConcurrentHashMap<>();
  private final Set<Digest> unfinished = ConcurrentHashMap.newKeySet();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private final CompletableFuture<ImageConfig> config = new CompletableFuture<>();
  private final CompletableFuture<ImageStart> imageStart = new CompletableFuture<>();
  private volatile boolean abandoned;
  private volatile boolean outdated;

  ImagePull(ImageKey key, Shared shared) {
    this.key = key;
    this.shared = shared;
    this.unpacks = new LargestFirst(shared.policy().unpacksPerImage());
    this.share = shared.opener().share();
  }

  /// What is known of the image as a whole.
  sealed interface Plan {
    /// Some of its layers are ours to bring.
    record Ours(LayerWays ways) implements Plan {}

    record Hopeless(LayerResult result) implements Plan {}
  }

  /// Work on one layer, and the lease that keeps its result in the store until somebody takes it.
  record LayerWork(CompletableFuture<LayerResult> result, Lease lease) {}

  CompletableFuture<Plan> plan() {
    return plan;
  }

  /// Looks for the index; then starts on `wanted` and the layers after it.
  void start(Digest wanted) {
    run(
        "pull " + key.reference(),
        () -> {
          try {
            Plan found = makePlan();
            if (found instanceof Plan.Ours(LayerWays ways)) {
              List<OciDescriptor> todo = layersFrom(ways.image(), wanted);
              todo.forEach(layer -> unfinished.add(layer.digest()));
              todo.stream()
                  .sorted(Comparator.comparingLong(OciDescriptor::sizeBytes).reversed())
                  .forEach(layer -> workOn(ways, layer));
            }
            plan.complete(found);
          } finally {
            // After an error nobody foresaw: who waits is to be answered, not to time out.
            plan.complete(
                new Plan.Hopeless(
                    new LayerResult.Failed("looking for the index ended with an error")));
          }
        });
  }

  private void run(String name, Runnable task) {
    Thread thread =
        Thread.ofVirtual()
            .name(name)
            .unstarted(
                RequestContext.carried(
                    () -> {
                      try {
                        task.run();
                      } finally {
                        threads.remove(Thread.currentThread());
                      }
                    }));
    threads.add(thread);
    thread.start();
    if (abandoned) {
      thread.interrupt();
    }
  }

  private Plan makePlan() {
    Repository repository = key.reference().repository();
    long since = System.nanoTime();
    try {
      Optional<Digest> known = key.manifest();
      Digest manifest = known.isPresent() ? known.get() : shared.indexes().resolve(key.reference());
      IndexDiscovery discovery =
          shared
              .indexes()
              .find(
                  new IndexResolver.Query(
                      repository, manifest, key.explicitIndex(), shared.policy().versions()));
      log(discovery);
      LayerWays ways =
          LayerWays.of(
              discovery, shared.indexes(), repository, shared.nodeZtocs(), shared.policy());
      config.complete(new ImageConfig(shared.indexes(), repository, discovery.image()));
      shared
          .events()
          .resolved(
              ways.imageDescriptor().digest(),
              key.reference().toString(),
              source(discovery),
              since);
      imageStart.complete(
          shared.starts().of(ways.imageDescriptor().digest(), key.reference().toString()));
      Optional<String> objection = ways.objection();
      return objection.isPresent()
          ? new Plan.Hopeless(new LayerResult.NoIndex(objection.get()))
          : new Plan.Ours(ways);
    } catch (MalformedManifestException e) {
      return new Plan.Hopeless(
          new LayerResult.Refused(
              "the image's manifest is none this daemon can use: " + e.getMessage()));
    } catch (IOException | RuntimeException e) {
      LOG.atWarn()
          .addKeyValue("image", key.reference().toString())
          .setCause(e)
          .log("unable to fetch SOCI artifacts");
      return new Plan.Hopeless(
          new LayerResult.Unreachable("the index cannot be looked for: " + e.getMessage()));
    }
  }

  private static String source(IndexDiscovery discovery) {
    return switch (discovery) {
      case IndexDiscovery.Found found ->
          "index %s, found by %s"
              .formatted(
                  found.descriptor().digest(), found.source().name().toLowerCase(Locale.ROOT));
      case IndexDiscovery.NotFound _ -> "no index";
    };
  }

  private void log(IndexDiscovery discovery) {
    if (discovery instanceof IndexDiscovery.Found found) {
      LOG.atInfo()
          .addKeyValue("image", key.reference().toString())
          .addKeyValue("index", found.descriptor().digest().toString())
          .addKeyValue("source", found.source().name())
          .addKeyValue("layers", found.image().layers().size())
          .addKeyValue("ztocs", found.index().ztocs().size())
          .log("found SOCI index");
    }
  }

  /// containerd asks from the bottom up for what it lacks, so lower layers are here already.
  private static List<OciDescriptor> layersFrom(ImageManifest image, Digest wanted) {
    List<OciDescriptor> layers = image.layers();
    int first = 0;
    while (first < layers.size() && !layers.get(first).digest().equals(wanted)) {
      first++;
    }
    return layers.subList(first, layers.size());
  }

  /// The work on a layer; begins it if need be.
  LayerWork workOn(LayerWays ways, OciDescriptor layer) {
    LayerWork found = work.computeIfAbsent(layer.digest(), digest -> begin(ways, layer, digest));
    if (abandoned) {
      // The end of the pull may have missed work that began at the same moment.
      forgetWhenDone(layer.digest(), found);
    }
    return found;
  }

  private LayerWork begin(LayerWays ways, OciDescriptor layer, Digest digest) {
    LayerWork begun = new LayerWork(new CompletableFuture<>(), shared.opener().lease(digest));
    run(
        "layer " + digest,
        () -> {
          try {
            begun.result().complete(bring(ways, layer));
          } finally {
            begun
                .result()
                .complete(new LayerResult.Failed("work on the layer ended with an error"));
            keepZtocs(ways, digest);
          }
        });
    return begun;
  }

  /// The last layer's work adds what all have made to the node's store.
  private void keepZtocs(LayerWays ways, Digest finished) {
    if (unfinished.remove(finished) && unfinished.isEmpty() && !abandoned && !made.isEmpty()) {
      shared.nodeZtocs().add(key.reference().toString(), ways, Map.copyOf(made));
      outdated = true;
    }
  }

  /// Whether more is known of the image by now than when this pull decided: zTOCs it has made.
  boolean isOutdated() {
    return outdated;
  }

  /// Forgets the work on a layer, so that the next request begins it anew.
  void forget(Digest layer, LayerWork finished) {
    if (work.remove(layer, finished)) {
      finished.lease().close();
    }
  }

  /// Ends the leases nobody took over, and all work nobody waits for any more.
  void close() {
    abandoned = true;
    threads.forEach(Thread::interrupt);
    new HashSet<>(work.entrySet())
        .forEach(entry -> forgetWhenDone(entry.getKey(), entry.getValue()));
  }

  private void forgetWhenDone(Digest layer, LayerWork finished) {
    var _ = finished.result().whenComplete((_, _) -> forget(layer, finished));
  }

  private LayerResult bring(LayerWays ways, OciDescriptor layer) {
    try {
      return switch (ways.of(layer)) {
        case LayerWay.Left(String reason) -> new LayerResult.Refused(reason);
        case LayerWay.Lazy(KnownZtoc ztoc, String reason) -> openLazy(ways, layer, ztoc, reason);
        case LayerWay.Eager(Optional<KnownZtoc> ztoc, String reason) ->
            unpack(ways, layer, ztoc, reason);
      };
    } catch (InterruptedIOException | InterruptedException e) {
      Thread.currentThread().interrupt();
      return new LayerResult.Failed("the pull was ended");
    } catch (IOException | RuntimeException e) {
      LOG.atWarn()
          .addKeyValue("image", key.reference().toString())
          .addKeyValue("layerDigest", layer.digest().toString())
          .setCause(e)
          .log("failed to resolve layer");
      return new LayerResult.Failed("the layer could not be prepared: " + e.getMessage());
    }
  }

  private LayerBlob blob(OciDescriptor layer) {
    return new LayerBlob(layer.digest(), layer.sizeBytes(), key.reference().repository());
  }

  private LayerResult openLazy(LayerWays ways, OciDescriptor layer, KnownZtoc ztoc, String reason)
      throws IOException, InterruptedException {
    LayerOpener.Opened opened;
    long since = System.nanoTime();
    try {
      opened = shared.opener().openLazy(blob(layer), ztoc.digest(), ztoc.content());
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      if (shared.policy().parallel() == PullPolicy.Parallel.OFF) {
        throw e;
      }
      return unpack(
          ways, layer, Optional.empty(), "its zTOC cannot be used (%s)".formatted(e.getMessage()));
    }
    if (opened.lazy()) {
      shared.events().opened(ways.imageDescriptor().digest(), layer.digest(), since);
      imageStart.join().opened(layer.digest());
      prefetch(ways, layer, ztoc);
    }
    return result(
        ways.indexUse(layer, ztoc),
        opened,
        layer,
        opened.lazy() ? reason : "it was unpacked here before");
  }

  /// What was recorded here goes before what the index advises, which is meant for its own zTOC.
  private void prefetch(LayerWays ways, OciDescriptor layer, KnownZtoc ztoc) {
    Optional<List<SpanRange>> recorded = imageStart.join().wanted(layer.digest(), ztoc.digest());
    if (recorded.isPresent()) {
      for (SpanRange range : recorded.get()) {
        shared
            .opener()
            .prefetch(layer.digest(), range.firstSpan(), range.lastSpan() + 1, range.priority());
      }
      return;
    }
    ways.index()
        .filter(_ -> ways.refOf(layer, ztoc).isPresent())
        .ifPresent(
            index ->
                PrefetchArtifacts.of(index, blob(layer), shared.indexes())
                    .startFor(shared.opener()));
  }

  private LayerResult unpack(
      LayerWays ways, OciDescriptor layer, Optional<KnownZtoc> ztoc, String reason)
      throws IOException, InterruptedException {
    Digest diffId = config.join().layers().diffId(layer.digest());
    boolean makeZtoc =
        shared.nodeZtocs().make()
            && ztoc.isEmpty()
            && layer.sizeBytes() >= shared.policy().minZtocLayerBytes();
    // Of an image that is lazy as a whole, these are the layers that are quicker fetched.
    LargestFirst turns = ways.mostlyLazy() ? smallUnpacks : unpacks;
    turns.acquire(layer.sizeBytes());
    long since = System.nanoTime();
    try {
      shared.unpacks().acquire();
      try {
        LayerOpener.Opened opened =
            shared.opener().unpack(blob(layer), new UnpackOrder(diffId, ztoc, makeZtoc, share));
        opened.ztoc().ifPresent(m -> made.put(layer.digest(), m));
        shared
            .events()
            .unpacked(ways.imageDescriptor().digest(), layer.digest(), layer.sizeBytes(), since);
        return result(
            ways.indexUse(),
            opened,
            layer,
            opened.lazy() ? "it is lazy here already" : reason + "; unpacked here");
      } finally {
        shared.unpacks().release();
      }
    } finally {
      turns.release();
    }
  }

  /// The image's configuration; only with a plan that has layers of ours.
  ImageConfig config() {
    return config.join();
  }

  private static LayerResult result(
      IndexUse index, LayerOpener.Opened opened, OciDescriptor described, String reason) {
    ProvidedLayer layer =
        new ProvidedLayer(
            opened.number(), described.digest().toString(), opened.lazy(), reason, index);
    return opened.lazy() ? new LayerResult.Lazy(layer) : new LayerResult.Unpacked(layer);
  }
}
