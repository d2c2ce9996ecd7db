package io.thaw.daemon.image;

import io.thaw.daemon.fetch.ParallelDownloads;
import io.thaw.daemon.image.PrewarmRequest.Until;
import io.thaw.daemon.profile.ImageStarts;
import io.thaw.daemon.profile.ImageStarts.ImageStart;
import io.thaw.daemon.snapshot.LayerProvider.Lease;
import io.thaw.daemon.snapshot.Pin;
import io.thaw.index.IndexDiscovery;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings images here before anybody pulls them, and keeps their layers for a while.
///
/// Layers go through the same opener as a pull's, so that a pull that comes later, or at the
/// same time, finds them. They are leased while the work is under way and pinned once it is
/// done. Safe for use by many threads.
public final class Prewarmer {
  private static final Logger LOG = LoggerFactory.getLogger(Prewarmer.class);
  private static final long POLL_MILLIS = 100;

  private final ImageIndexes indexes;
  private final LayerOpener opener;
  private final NodeZtocs nodeZtocs;
  private final PullPolicy policy;
  private final ImageStarts starts;
  private final Keeper keeper;
  private final Duration patience;

  /// Remembers what is to be kept.
  public interface Keeper {
    /// Keeps the layers from now on.
    void keep(List<Pin> pins) throws IOException;

    /// Removes what nobody needs.
    void tidy() throws IOException;
  }

  /// @param patience how long nothing may arrive before the work is given up
  public Prewarmer(
      RegistryClient registry,
      StoredLayers layers,
      NodeZtocs nodeZtocs,
      PullPolicy policy,
      ImageStarts starts,
      Keeper keeper,
      Duration patience) {
    this(ImageIndexes.of(registry), layers, nodeZtocs, policy, starts, keeper, patience);
  }

  Prewarmer(
      ImageIndexes indexes,
      LayerOpener opener,
      NodeZtocs nodeZtocs,
      PullPolicy policy,
      ImageStarts starts,
      Keeper keeper,
      Duration patience) {
    this.indexes = indexes;
    this.opener = opener;
    this.nodeZtocs = nodeZtocs;
    this.policy = policy;
    this.starts = starts;
    this.keeper = keeper;
    this.patience = patience;
  }

  /// The image has no index, and without one only all of it can be brought here.
  public static final class NoIndexException extends IOException {
    private static final long serialVersionUID = 1L;

    NoIndexException(String message) {
      super(message);
    }
  }

  /// Does it; returns when everything asked for is here and kept.
  ///
  /// @param listener hears of progress, on this thread
  /// @throws IOException if the registry cannot be asked, or bytes do not come; nothing is kept
  ///     then
  /// @throws InterruptedException if it is not wanted any more; nothing is kept then
  public void run(PrewarmRequest request, Consumer<PrewarmState> listener)
      throws IOException, InterruptedException {
    Reference reference = request.reference();
    IndexDiscovery discovery = indexes.find(reference, request.platform(), policy.versions());
    Map<Digest, PrewarmLayer> layers = plan(request, discovery);
    Digest manifest = discovery.imageDescriptor().digest();
    List<Lease> leases = layers.keySet().stream().map(opener::lease).toList();
    boolean done = false;
    try {
      bring(request, manifest, List.copyOf(layers.values()), listener);
      Instant now = Instant.now();
      Instant expires = now.plus(request.keep());
      keeper.keep(pins(request, layers, now, expires));
      done = true;
      listener.accept(state(manifest, layers.values(), Optional.of(expires)));
    } finally {
      leases.forEach(Lease::close);
      if (!done) {
        tidyUninterrupted();
      }
    }
    LOG.atInfo()
        .addKeyValue("image", reference.toString())
        .addKeyValue("until", text(request.until()))
        .addKeyValue("layers", layers.size())
        .addKeyValue("keepSeconds", request.keep().toSeconds())
        .log("prewarmed");
  }

  private Map<Digest, PrewarmLayer> plan(PrewarmRequest request, IndexDiscovery discovery)
      throws IOException {
    Semaphore unpacks = new Semaphore(Math.min(policy.unpacks(), PullPolicy.SMALL_UNPACKS));
    Repository repository = request.reference().repository();
    ImageConfig config = new ImageConfig(indexes, repository, discovery.image());
    ParallelDownloads.Share share = opener.share();
    ImageStart start =
        starts.of(discovery.imageDescriptor().digest(), request.reference().toString());
    LayerWays ways = LayerWays.of(discovery, indexes, repository, nodeZtocs, policy);
    if (request.until() != Until.FULL && !ways.mostlyLazy()) {
      throw new NoIndexException(
          "%s; prewarm it until full%s"
              .formatted(
                  ways.missing().orElse("pull_modes.parallel_pull_unpack is enabled"),
                  ways.missing().isPresent() ? ", or index it" : ""));
    }
    Map<Digest, PrewarmLayer> layers = new LinkedHashMap<>();
    for (OciDescriptor layer : ways.image().layers()) {
      PrewarmLayer made = PrewarmLayer.of(ways, layer, repository, request.until());
      if (made.isWanted()) {
        layers.put(layer.digest(), made.with(indexes, opener, unpacks, config, share, start));
      }
    }
    return layers;
  }

  private void bring(
      PrewarmRequest request,
      Digest manifest,
      List<PrewarmLayer> layers,
      Consumer<PrewarmState> listener)
      throws IOException, InterruptedException {
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    try {
      layers.forEach(layer -> threads.execute(layer::open));
      PrewarmState last = null;
      Patience left = new Patience(patience);
      while (true) {
        for (PrewarmLayer layer : layers) {
          layer.check();
        }
        PrewarmState now = state(manifest, layers, Optional.empty());
        if (now.layers().stream().allMatch(PrewarmState.LayerPart::done)) {
          return;
        }
        if (!now.equals(last)) {
          listener.accept(now);
          last = now;
        }
        left.check(now, request.reference());
        Thread.sleep(POLL_MILLIS);
      }
    } finally {
      // Who opens is interrupted; a fill that has begun ends with its layer.
      threads.shutdownNow();
      threads.close();
    }
  }

  private static PrewarmState state(
      Digest manifest, Iterable<PrewarmLayer> layers, Optional<Instant> expires) {
    List<PrewarmState.LayerPart> parts = new ArrayList<>();
    layers.forEach(layer -> parts.add(layer.part()));
    return new PrewarmState(manifest, parts, expires);
  }

  private static List<Pin> pins(
      PrewarmRequest request, Map<Digest, PrewarmLayer> layers, Instant now, Instant expires) {
    return layers.values().stream()
        .map(
            layer ->
                new Pin(
                    request.reference().toString(),
                    layer.number(),
                    layer.digest().toString(),
                    text(request.until()),
                    now,
                    expires))
        .toList();
  }

  /// Goes on with what an earlier life of the daemon promised.
  ///
  /// @param pins those that are still in force
  public void resume(List<Pin> pins) {
    for (Pin pin : pins) {
      if (pin.until().equals(text(Until.FULL))) {
        opener.fill(Digest.parse(pin.layerDigest()));
      }
    }
  }

  /// Also after a cancellation, which is an interruption.
  private void tidyUninterrupted() {
    boolean interrupted = Thread.interrupted();
    try {
      keeper.tidy();
    } catch (IOException e) {
      LOG.atWarn().setCause(e).log("layers of a prewarm that failed stay until the next cleanup");
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static String text(Until until) {
    return until.name().toLowerCase(Locale.ROOT);
  }

  /// Gives up when nothing arrives for too long.
  private static final class Patience {
    private final Duration limit;
    private long bytes = -1;
    private long sinceNanos = System.nanoTime();

    Patience(Duration limit) {
      this.limit = limit;
    }

    void check(PrewarmState now, Reference reference) throws IOException {
      long present = now.layers().stream().mapToLong(PrewarmState.LayerPart::presentBytes).sum();
      if (present != bytes) {
        bytes = present;
        sinceNanos = System.nanoTime();
        return;
      }
      String error =
          now.layers().stream()
              .map(PrewarmState.LayerPart::lastError)
              .filter(text -> !text.isEmpty())
              .findFirst()
              .orElse("");
      // Without an error a layer may be waiting for its turn, or be unpacked.
      if (!error.isEmpty() && System.nanoTime() - sinceNanos > limit.toNanos()) {
        throw new IOException(
            "nothing of %s has arrived for %d s: %s"
                .formatted(reference, limit.toSeconds(), error));
      }
    }
  }
}
