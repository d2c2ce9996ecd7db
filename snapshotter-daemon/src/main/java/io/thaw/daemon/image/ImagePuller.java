package io.thaw.daemon.image;

import io.thaw.daemon.image.ImagePull.LayerWork;
import io.thaw.daemon.image.ImagePull.Plan;
import io.thaw.daemon.layer.LayerState;
import io.thaw.daemon.profile.ImageStarts;
import io.thaw.daemon.snapshot.Caller;
import io.thaw.daemon.snapshot.LayerProvider;
import io.thaw.daemon.snapshot.ProvidedLayer;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.RegistryClient;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Answers `Prepare` for layers of images.
///
/// The first request of an image looks for its index and starts on all layers; later requests wait
/// for their layer. An image is remembered for a while ([PullPolicy]), so the registry is asked
/// once per pull. Every outcome has a reason. Safe for use by many threads.
public final class ImagePuller implements LayerProvider, AutoCloseable {
  private final ImagePull.Shared shared;
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

    /// Requests that wait; guarded by this object's place in the map of pulls.
    int waiting;

    volatile long lastUsedNanos;

    Remembered(ImagePull pull, long now) {
      this.pull = pull;
      this.lastUsedNanos = now;
    }
  }

  /// A puller over the network into the store.
  public ImagePuller(
      RegistryClient registry,
      StoredLayers layers,
      NodeZtocs nodeZtocs,
      PullPolicy policy,
      ImageStarts starts,
      PullEvents events,
      PullListener listener) {
    this(
        ImageIndexes.of(registry),
        layers,
        nodeZtocs,
        policy,
        starts,
        events,
        listener,
        System::nanoTime);
  }

  ImagePuller(
      ImageIndexes indexes,
      LayerOpener opener,
      NodeZtocs nodeZtocs,
      PullPolicy policy,
      ImageStarts starts,
      PullEvents events,
      PullListener listener,
      LongSupplier nanoTime) {
    this.shared =
        new ImagePull.Shared(
            indexes, opener, nodeZtocs, policy, starts, events, new Semaphore(policy.unpacks()));
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
      taken = takeWaiting(key, layer, request.target());
    } catch (ImageKey.UnknownImageException e) {
      taken = new Taken(new LayerResult.NotInImage(String.valueOf(e.getMessage())), null);
    } catch (CallerGoneException e) {
      taken = new Taken(new LayerResult.Failed(String.valueOf(e.getMessage())), null);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    listener.answered(taken.result().getClass().getSimpleName());
    return taken.outcome();
  }

  /// Nobody waits for the answer any more.
  private static final class CallerGoneException extends InterruptedException {
    private static final long serialVersionUID = 1L;

    CallerGoneException() {
      super("the caller went away");
    }
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
        case LayerResult.Refused(String reason) -> new Outcome.Left(reason);
        case LayerResult.TooSlow(String reason) -> new Outcome.Left(reason);
      };
    }
  }

  /// Takes the layer; if the caller goes away and nobody else waits for the image, its pull ends.
  private Taken takeWaiting(ImageKey key, Digest layer, String target) throws InterruptedException {
    Remembered remembered = join(key, layer);
    boolean gone = false;
    try {
      return take(remembered.pull, layer, target);
    } catch (InterruptedException e) {
      gone = true;
      throw e;
    } finally {
      leave(key, remembered, gone);
    }
  }

  private Taken take(ImagePull pull, Digest layer, String target) throws InterruptedException {
    Optional<Plan> plan = await(pull.plan(), policy.mountTimeout());
    if (plan.isEmpty()) {
      return new Taken(tooSlow("the image's index was not found out"), null);
    }
    return switch (plan.get()) {
      case Plan.Hopeless(LayerResult result) -> takeWhatIsHere(layer, result);
      case Plan.Ours(LayerWays ways) -> {
        Optional<OciDescriptor> described =
            ways.image().layers().stream().filter(l -> l.digest().equals(layer)).findFirst();
        yield described.isPresent()
            ? takeLayer(pull, ways, described.get(), target)
            : new Taken(
                new LayerResult.NotInImage(
                    "layer %s is not in image manifest %s"
                        .formatted(layer, ways.imageDescriptor().digest())),
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
  private Taken takeLayer(ImagePull pull, LayerWays ways, OciDescriptor layer, String target)
      throws InterruptedException {
    Lease lease = opener.lease(layer.digest());
    boolean kept = false;
    try {
      Taken taken = null;
      for (int attempt = 0; attempt < 2 && taken == null; attempt++) {
        LayerWork work = pull.workOn(ways, layer);
        LayerResult result = awaitLayer(ways, layer, work);
        if (!(result instanceof LayerResult.TooSlow)) {
          pull.forget(layer.digest(), work);
        }
        if (!isGone(result, layer.digest())) {
          taken = new Taken(checkedName(pull, layer, target, result), lease);
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

  /// A layer that was unpacked is given only under the name that follows from what was verified.
  private static LayerResult checkedName(
      ImagePull pull, OciDescriptor layer, String target, LayerResult result) {
    if (!(result instanceof LayerResult.Unpacked)) {
      return result;
    }
    try {
      if (pull.config().layers().isChainOf(layer.digest(), target)) {
        return result;
      }
      return new LayerResult.NotInImage(
          "the image's configuration gives layer %s another chainId than %s, which containerd asks for"
              .formatted(layer.digest(), target));
    } catch (IOException | RuntimeException e) {
      return new LayerResult.Failed("the image's configuration cannot be read: " + e.getMessage());
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
  private LayerResult awaitLayer(LayerWays ways, OciDescriptor layer, LayerWork work)
      throws InterruptedException {
    boolean lazy = ways.of(layer) instanceof LayerWay.Lazy;
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
      CompletableFuture<?> gone = Caller.gone();
      var _ = CompletableFuture.anyOf(future, gone).get(patience.toMillis(), TimeUnit.MILLISECONDS);
      if (!future.isDone()) {
        throw new CallerGoneException();
      }
      return Optional.of(future.get());
    } catch (TimeoutException e) {
      return Optional.empty();
    } catch (ExecutionException e) {
      throw new IllegalStateException("work on an image ends with a result, never so", e);
    }
  }

  private Remembered join(ImageKey key, Digest wanted) {
    return pulls.compute(
        key,
        (_, known) -> {
          Remembered joined = known;
          if (joined != null && joined.waiting == 0 && joined.pull.isOutdated()) {
            joined.pull.close();
            joined = null;
          }
          if (joined == null) {
            ImagePull pull = new ImagePull(key, shared);
            pull.start(wanted);
            joined = new Remembered(pull, nanoTime.getAsLong());
          }
          joined.waiting++;
          joined.lastUsedNanos = nanoTime.getAsLong();
          return joined;
        });
  }

  private void leave(ImageKey key, Remembered joined, boolean gone) {
    boolean[] last = new boolean[1];
    var _ =
        pulls.computeIfPresent(
            key,
            (_, known) -> {
              if (known != joined) {
                return known;
              }
              joined.waiting--;
              joined.lastUsedNanos = nanoTime.getAsLong();
              last[0] = gone && joined.waiting == 0;
              return last[0] ? null : joined;
            });
    if (last[0]) {
      joined.pull.close();
    }
  }

  /// Forgets images nobody asked for lately; called with every request and now and then.
  public void forgetOld() {
    long now = nanoTime.getAsLong();
    for (ImageKey key : pulls.keySet()) {
      AtomicReference<@Nullable Remembered> old = new AtomicReference<>();
      var _ =
          pulls.computeIfPresent(
              key,
              (_, known) -> {
                boolean goes = isOld(known, now);
                old.set(goes ? known : null);
                return goes ? null : known;
              });
      Remembered forgotten = old.get();
      if (forgotten != null) {
        forgotten.pull.close();
      }
    }
  }

  private boolean isOld(Remembered remembered, long now) {
    Plan plan = remembered.pull.plan().getNow(null);
    return plan != null
        && remembered.waiting == 0
        && now - remembered.lastUsedNanos > patience(plan).toNanos();
  }

  private Duration patience(Plan plan) {
    return switch (plan) {
      case Plan.Ours _ -> policy.rememberFound();
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
