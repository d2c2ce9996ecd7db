package io.thaw.daemon.snapshot;

import io.thaw.daemon.cover.LayerCover;
import io.thaw.daemon.cover.LayerFrame;
import io.thaw.daemon.snapshot.LayerProvider.Outcome;
import io.thaw.daemon.snapshot.LayerProvider.Request;
import io.thaw.daemon.snapshot.SnapshotException.Code;
import io.thaw.daemon.snapshot.filter.Filter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Committed snapshots that show a layer of ours.
///
/// The keys and messages of the log are SOCI's, so that what watches its log understands ours.
final class RemoteSnapshots {
  private static final Logger LOG = LoggerFactory.getLogger(RemoteSnapshots.class);
  private static final int STRIPES = 64;

  /// containerd's namespace for what the kubelet asks for.
  private static final String KUBERNETES = "k8s.io";

  private final MetadataStore store;
  private final SnapshotDirectories directories;
  private final LayerDirectories layers;
  private final LayerProvider provider;
  private final ReentrantLock[] targets = new ReentrantLock[STRIPES];

  RemoteSnapshots(
      MetadataStore store,
      SnapshotDirectories directories,
      LayerDirectories layers,
      LayerProvider provider) {
    this.store = store;
    this.directories = directories;
    this.layers = layers;
    this.provider = provider;
    for (int i = 0; i < STRIPES; i++) {
      targets[i] = new ReentrantLock();
    }
  }

  /// Tries to make the target; returns if containerd has to pull the layer.
  ///
  /// @throws SnapshotException ALREADY_EXISTS if the target is there now, whoever made it
  void prepare(Request request) throws IOException {
    if (!request.parent().isEmpty()) {
      store.get(request.parent());
    }
    refuseIfThere(request);
    Outcome outcome = provider.provide(request);
    switch (outcome) {
      case Outcome.Ready ready -> {
        try (LayerProvider.Lease _ = ready.lease()) {
          commit(request, ready.layer());
        }
      }
      case Outcome.Left left -> {
        if (Caller.gone().isDone()) {
          // A snapshot nobody knows of would stay for ever.
          throw new SnapshotException(
              Code.FAILED_PRECONDITION, "nobody waits for " + request.key() + " any more");
        }
        leave(request, left.reason());
      }
    }
  }

  /// The directory with a committed snapshot's own files, mounted if need be.
  Path directory(StoredSnapshot snapshot) throws IOException {
    Path files = directories.files(snapshot.id());
    if (snapshot.layer().isEmpty()) {
      return files;
    }
    int layer = snapshot.layer().getAsInt();
    Optional<Path> settled = layers.settled(layer);
    if (settled.isPresent()) {
      return settled.get();
    }
    layers.ensureMounted(layer, files, quickXattrs(snapshot));
    return files;
  }

  /// The lower directories of a mount on these snapshots, topmost first.
  ///
  /// A layer that stands twice in an image is one directory, which overlayfs takes once; what its
  /// lower place could show, the upper one shows already.
  List<Path> stack(List<StoredSnapshot> ancestors) throws IOException {
    Set<Path> shown = new LinkedHashSet<>();
    for (StoredSnapshot ancestor : ancestors) {
      directories.cover(ancestor.id()).ifPresent(shown::add);
      shown.add(directory(ancestor));
    }
    return List.copyOf(shown);
  }

  /// What has to stand above the layer at its place in the image.
  private Optional<LayerCover> cover(Request request, ProvidedLayer layer) throws IOException {
    Optional<LayerFrame> frame = layers.frame(layer.number());
    if (frame.isEmpty()) {
      return Optional.empty();
    }
    List<StoredSnapshot> below = new ArrayList<>();
    if (!request.parent().isEmpty()) {
      MetadataStore.Chain chain = store.chain(request.parent());
      below.add(chain.snapshot());
      below.addAll(chain.ancestors());
    }
    return LayerCover.of(frame.get(), stack(below));
  }

  /// The kubelet has no command that compares root filesystems; everybody else may.
  private static boolean quickXattrs(StoredSnapshot snapshot) {
    return KUBERNETES.equals(snapshot.info().labels().get(Labels.NAMESPACE));
  }

  void restore() throws IOException {
    List<StoredSnapshot> shown =
        store.list(Filter.parse("kind==committed")).stream()
            .filter(s -> s.layer().isPresent())
            .toList();
    List<Future<?>> mounts = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (StoredSnapshot snapshot : shown) {
        mounts.add(threads.submit(() -> restore(snapshot)));
      }
    }
    for (int i = 0; i < shown.size(); i++) {
      logIfFailed(shown.get(i), mounts.get(i));
    }
    if (!shown.isEmpty()) {
      LOG.atInfo().addKeyValue("snapshots", shown.size()).log("restored remote snapshots");
    }
  }

  private Path restore(StoredSnapshot snapshot) throws IOException {
    layers.adopt(
        snapshot.layer().orElseThrow(), directories.files(snapshot.id()), quickXattrs(snapshot));
    return directory(snapshot);
  }

  private static void logIfFailed(StoredSnapshot snapshot, Future<?> mount) {
    try {
      mount.get();
    } catch (ExecutionException e) {
      LOG.atError()
          .addKeyValue("snapshot", snapshot.info().name())
          .setCause(e.getCause())
          .log("cannot mount a snapshot after the restart; it is tried again when it is needed");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void commit(Request request, ProvidedLayer layer) throws IOException {
    ReentrantLock lock = targets[Math.floorMod(request.target().hashCode(), STRIPES)];
    StoredSnapshot snapshot;
    lock.lock();
    try {
      refuseIfThere(request);
      Optional<LayerCover> cover;
      try {
        cover = cover(request, layer);
      } catch (IOException e) {
        leave(request, "what lies below the layer cannot be read: " + e.getMessage());
        return;
      }
      snapshot = insert(request, layer, cover);
      layers.used(layer.number());
      try {
        directory(snapshot);
      } catch (IOException e) {
        undo(snapshot);
        leave(request, "the layer cannot be mounted: " + e.getMessage());
        return;
      }
    } finally {
      lock.unlock();
    }
    record(request, snapshot.info().name(), layer.mode(), layer.reason(), layer.index());
    LOG.atInfo()
        .addKeyValue("key", request.key())
        .addKeyValue("parent", request.parent())
        .addKeyValue("image", label(request, Labels.IMAGE_REF))
        .addKeyValue("layerDigest", layer.digest())
        .addKeyValue("reason", layer.reason())
        .addKeyValue(layer.lazy() ? "remote-snapshot-prepared" : "local-snapshot-prepared", "true")
        .log(
            layer.lazy()
                ? "remote snapshot successfully prepared."
                : "local snapshot successfully prepared");
    throw SnapshotException.alreadyExists(request.target());
  }

  private void refuseIfThere(Request request) throws IOException {
    if (store.findTarget(request.target(), request.parent()).isPresent()) {
      throw SnapshotException.alreadyExists(request.target());
    }
  }

  private StoredSnapshot insert(Request request, ProvidedLayer layer, Optional<LayerCover> cover)
      throws IOException {
    Map<String, String> labels = new HashMap<>(request.labels());
    labels.put(Labels.REMOTE, Labels.REMOTE_VALUE);
    int slash = request.key().indexOf('/');
    if (slash > 0) {
      labels.put(Labels.NAMESPACE, request.key().substring(0, slash));
    }
    String name = request.target();
    try {
      return store.createCommitted(
          name, request.parent(), labels, layer.number(), id -> directories.make(id, cover));
    } catch (SnapshotException e) {
      if (e.code() != Code.ALREADY_EXISTS) {
        throw e;
      }
    }
    // The same layers over a parent somebody else unpacked: containerd finds it by its labels.
    return store.createCommitted(
        name + "@" + request.parent(),
        request.parent(),
        labels,
        layer.number(),
        id -> directories.make(id, cover));
  }

  private void undo(StoredSnapshot snapshot) throws IOException {
    store.remove(snapshot.info().name());
    directories.discard(snapshot.id());
  }

  private void leave(Request request, String reason) throws IOException {
    record(request, request.target(), LayerMode.DEFERRED, reason, IndexUse.NONE);
    LOG.atWarn()
        .addKeyValue("key", request.key())
        .addKeyValue("parent", request.parent())
        .addKeyValue("image", label(request, Labels.IMAGE_REF))
        .addKeyValue("layerDigest", label(request, Labels.LAYER_DIGEST))
        .addKeyValue("remote-snapshot-prepared", "false")
        .addKeyValue("defer-snapshot-runtime", "true")
        .addKeyValue("reason", reason)
        .log("deferring to container runtime");
  }

  private void record(
      Request request, String snapshot, LayerMode mode, String reason, IndexUse index)
      throws IOException {
    store.recordWhy(
        new WhyRecord(
            Instant.now(),
            label(request, Labels.IMAGE_REF),
            label(request, Labels.MANIFEST_DIGEST),
            label(request, Labels.LAYER_DIGEST),
            snapshot,
            mode,
            reason,
            index));
  }

  private static String label(Request request, String key) {
    return request.labels().getOrDefault(key, "");
  }
}
