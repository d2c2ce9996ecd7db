package io.thaw.daemon.image;

import io.thaw.daemon.image.ImagePull.LayerWork;
import io.thaw.daemon.image.ImagePull.Plan;
import io.thaw.daemon.layer.LayerState;
import io.thaw.daemon.snapshot.LayerProvider;
import io.thaw.daemon.snapshot.ProvidedLayer;
import io.thaw.index.IndexDiscovery;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.RegistryClient;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Answers `Prepare` for layers of images.
///
/// The first request of an image looks for its index and starts on all layers; later requests wait
/// for their layer. An image is remembered for a while ([PullPolicy]), so the registry is asked
/// once per pull. Every outcome has a reason. Safe for use by many threads.
public final class ImagePuller implements LayerProvider, AutoCloseable {
  private final ImageIndexes indexes;
  private final LayerOpener opener;
  private final PullPolicy policy;
  private final PullListener listener;
  private final LongSupplier nanoTime;
  private final Map<ImageKey, Remembered> pulls = new ConcurrentHashMap<>();

  /// Hears what became of every layer that was asked for.
  @FunctionalInterface
  public interface PullListener {
    /// Hears nothing.
    PullListener NONE = _ -> {};

    /// A request was answered.
    ///
    /// @param outcome such as `Lazy`, `Unpacked`, `NoIndex`
    void answered(String outcome);
  }

  private static final class Remembered {
    final ImagePull pull;
    volatile long lastUsedNanos;

    Remembered(ImagePull pull, long now) {
      this.pull = pull;
      this.lastUsedNanos = now;
    }
  }

  /// A puller over the network into the store.
  public ImagePuller(
      RegistryClient registry, StoredLayers layers, PullPolicy policy, PullListener listener) {
    this(ImageIndexes.of(registry), layers, policy, listener, System::nanoTime);
  }

  ImagePuller(
      ImageIndexes indexes,
      LayerOpener opener,
      PullPolicy policy,
      PullListener listener,
      LongSupplier nanoTime) {
    this.indexes = indexes;
    this.opener = opener;
    this.policy = policy;
    this.listener = listener;
    this.nanoTime = nanoTime;
  }

  @Override
  public Outcome provide(Request request) {
    forgetOld();
    Taken taken = new Taken(new LayerResult.Failed("interrupted"), null);
    try {
      ImageKey key = ImageKey.of(request.labels());
      Digest layer = ImageKey.layer(request.labels());
      taken = take(key, layer);
    } catch (ImageKey.UnknownImageException e) {
      taken = new Taken(new LayerResult.NotInImage(String.valueOf(e.getMessage())), null);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    listener.answered(taken.result().getClass().getSimpleName());
    return taken.outcome();
  }

  /// A result and, if a layer came of it, the lease on it.
  private record Taken(LayerResult result, @Nullable Lease lease) {
    Outcome outcome() {
      Lease held = lease == null ? () -> {} : lease;
      return switch (result) {
        case LayerResult.Lazy(var layer) -> new Outcome.Ready(layer, held);
        case LayerResult.Unpacked(var layer) -> new Outcome.Ready(layer, held);
        case LayerResult.NoIndex(String reason) -> new Outcome.Left(reason);
        case LayerResult.Unreachable(String reason) -> new Outcome.Left(reason);
        case LayerResult.NotInImage(String reason) -> new Outcome.Left(reason);
        case LayerResult.Failed(String reason) -> new Outcome.Left(reason);
        case LayerResult.TooSlow(String reason) -> new Outcome.Left(reason);
      };
    }
  }

  private Taken take(ImageKey key, Digest layer) throws InterruptedException {
    ImagePull pull = pull(key, layer);
    Optional<Plan> plan = await(pull.plan(), policy.mountTimeout());
    if (plan.isEmpty()) {
      return new Taken(tooSlow("the image's index was not found out"), null);
    }
    return switch (plan.get()) {
      case Plan.Hopeless(LayerResult result) -> takeWhatIsHere(layer, result);
      case Plan.Indexed(IndexDiscovery.Found found) -> {
        Optional<OciDescriptor> described =
            found.image().layers().stream().filter(l -> l.digest().equals(layer)).findFirst();
        yield described.isPresent()
            ? takeLayer(pull, found, described.get())
            : new Taken(
                new LayerResult.NotInImage(
                    "layer %s is not in image manifest %s, which the index describes"
                        .formatted(layer, found.imageDescriptor().digest())),
                null);
      }
    };
  }

  /// A layer without index may be here all the same: prewarmed, or part of another image.
  private Taken takeWhatIsHere(Digest layer, LayerResult otherwise) {
    Lease lease = opener.lease(layer);
    Optional<LayerState> state = opener.state(layer);
    if (state.isEmpty()) {
      lease.close();
      return new Taken(otherwise, null);
    }
    boolean lazy = state.get().lazy();
    ProvidedLayer here =
        new ProvidedLayer(
            state.get().number(), layer.toString(), lazy, "it was on this node before");
    return new Taken(lazy ? new LayerResult.Lazy(here) : new LayerResult.Unpacked(here), lease);
  }

  /// Takes the layer over; begins anew if it was removed since the pull opened it.
  private Taken takeLayer(ImagePull pull, IndexDiscovery.Found found, OciDescriptor layer)
      throws InterruptedException {
    Lease lease = opener.lease(layer.digest());
    boolean kept = false;
    try {
      Taken taken = null;
      for (int attempt = 0; attempt < 2 && taken == null; attempt++) {
        LayerWork work = pull.workOn(found, layer);
        LayerResult result = awaitLayer(found, layer, work);
        if (!(result instanceof LayerResult.TooSlow)) {
          pull.forget(layer.digest(), work);
        }
        if (!isGone(result, layer.digest())) {
          taken = new Taken(result, lease);
        }
      }
      if (taken == null) {
        taken = new Taken(new LayerResult.Failed("the layer was removed twice meanwhile"), null);
      }
      kept = isReady(taken.result());
      return taken;
    } finally {
      if (!kept) {
        lease.close();
      }
    }
  }

  private static boolean isReady(LayerResult result) {
    return result instanceof LayerResult.Lazy || result instanceof LayerResult.Unpacked;
  }

  private boolean isGone(LayerResult result, Digest digest) {
    return switch (result) {
      case LayerResult.Lazy(var layer) -> !opener.has(digest, layer.number());
      case LayerResult.Unpacked(var layer) -> !opener.has(digest, layer.number());
      default -> false;
    };
  }

  /// A layer that is unpacked takes as long as its bytes take; one that is mounted must be quick.
  private LayerResult awaitLayer(IndexDiscovery.Found found, OciDescriptor layer, LayerWork work)
      throws InterruptedException {
    boolean lazy =
        found.index().ztocOf(layer.digest()).isPresent()
            && layer.sizeBytes() >= policy.minLayerSizeBytes();
    Duration patience = lazy ? policy.mountTimeout() : Duration.ofDays(1);
    return await(work.result(), patience).orElseGet(() -> tooSlow("the layer was not ready"));
  }

  private LayerResult tooSlow(String what) {
    return new LayerResult.TooSlow(
        "%s within mount_timeout_sec = %d".formatted(what, policy.mountTimeout().toSeconds()));
  }

  private static <T> Optional<T> await(CompletableFuture<T> future, Duration patience)
      throws InterruptedException {
    try {
      return Optional.of(future.get(patience.toMillis(), TimeUnit.MILLISECONDS));
    } catch (TimeoutException e) {
      return Optional.empty();
    } catch (ExecutionException e) {
      throw new IllegalStateException("work on an image ends with a result, never so", e);
    }
  }

  private ImagePull pull(ImageKey key, Digest wanted) {
    Remembered remembered =
        pulls.computeIfAbsent(
            key,
            k -> {
              ImagePull pull = new ImagePull(k, indexes, opener, policy);
              pull.start(wanted);
              return new Remembered(pull, nanoTime.getAsLong());
            });
    remembered.lastUsedNanos = nanoTime.getAsLong();
    return remembered.pull;
  }

  /// Forgets images nobody asked for lately; called with every request and now and then.
  public void forgetOld() {
    long now = nanoTime.getAsLong();
    Iterator<Remembered> all = pulls.values().iterator();
    while (all.hasNext()) {
      Remembered remembered = all.next();
      Plan plan = remembered.pull.plan().getNow(null);
      if (plan != null && now - remembered.lastUsedNanos > patience(plan).toNanos()) {
        all.remove();
        remembered.pull.close();
      }
    }
  }

  private Duration patience(Plan plan) {
    return switch (plan) {
      case Plan.Indexed _ -> policy.rememberFound();
      case Plan.Hopeless _ -> policy.rememberMissing();
    };
  }

  /// Forgets all images.
  @Override
  public void close() {
    pulls.values().forEach(remembered -> remembered.pull.close());
    pulls.clear();
  }
}
