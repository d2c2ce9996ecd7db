package io.thaw.daemon.snapshot;

import io.thaw.daemon.snapshot.MetadataStore.Chain;
import io.thaw.daemon.snapshot.SnapshotException.Code;
import io.thaw.daemon.snapshot.filter.Filter;
import io.thaw.daemon.snapshot.filter.FilterException;
import io.thaw.fuse.sys.Trees;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// containerd's snapshotter.
///
/// The life of a snapshot: `prepare` gives a writable one on top of a committed parent, `commit`
/// turns it into a parent for others, `remove` ends it. A `prepare` that names a target may instead
/// make the committed snapshot at once, out of a layer this node mounts or unpacks itself; it then
/// answers ALREADY_EXISTS and containerd fetches nothing ([RemoteSnapshots]).
///
/// Safe for use by many threads; calls block on the disk and, with a target, on the network.
public final class Snapshotter {
  private static final Logger LOG = LoggerFactory.getLogger(Snapshotter.class);
  private static final String LABEL_PATH = "labels.";

  private final MetadataStore store;
  private final SnapshotDirectories directories;
  private final OverlayMounts overlay;
  private final LayerDirectories layers;
  private final RemoteSnapshots remote;

  public Snapshotter(
      MetadataStore store,
      SnapshotDirectories directories,
      OverlayMounts overlay,
      LayerDirectories layers,
      LayerProvider provider) {
    this.store = store;
    this.directories = directories;
    this.overlay = overlay;
    this.layers = layers;
    this.remote = new RemoteSnapshots(store, directories, layers, provider);
  }

  /// What is known of a snapshot.
  ///
  /// @throws SnapshotException NOT_FOUND
  public SnapshotInfo stat(String name) throws IOException {
    return store.get(required("key", name)).info();
  }

  /// Changes labels.
  ///
  /// @param paths `labels` for all, `labels.NAME` for one; empty for all
  /// @throws SnapshotException NOT_FOUND, or INVALID_ARGUMENT for other paths
  public SnapshotInfo update(String name, Map<String, String> labels, List<String> paths)
      throws IOException {
    for (String path : paths) {
      if (!path.equals("labels") && !path.startsWith(LABEL_PATH)) {
        throw new SnapshotException(
            Code.INVALID_ARGUMENT,
            "cannot update field \"%s\" of snapshot %s; only labels change".formatted(path, name));
      }
    }
    Map<String, String> wanted = Labels.checked(labels);
    return store.updateLabels(
        required("name", name),
        old -> {
          if (paths.isEmpty() || paths.contains("labels")) {
            return wanted;
          }
          Map<String, String> merged = new HashMap<>(old);
          for (String path : paths) {
            String key = path.substring(LABEL_PATH.length());
            merged.compute(key, (k, _) -> wanted.get(k));
          }
          return merged;
        });
  }

  /// Disk space of a snapshot: measured now for active ones and for layers, as committed otherwise.
  ///
  /// @throws SnapshotException NOT_FOUND
  public Usage usage(String name) throws IOException {
    StoredSnapshot snapshot = store.get(required("key", name));
    if (snapshot.layer().isPresent()) {
      return layers.usage(snapshot.layer().getAsInt());
    }
    return snapshot.info().kind() == Kind.ACTIVE
        ? DiskUsage.of(directories.files(snapshot.id()))
        : snapshot.usage();
  }

  /// The mounts of a view or an active snapshot; every layer in them is mounted when this returns.
  ///
  /// @throws SnapshotException NOT_FOUND, or FAILED_PRECONDITION for a committed snapshot
  public List<Mount> mounts(String key) throws IOException {
    Chain chain = store.chain(required("key", key));
    if (chain.snapshot().info().kind() == Kind.COMMITTED) {
      throw new SnapshotException(
          Code.FAILED_PRECONDITION, "snapshot " + key + " is committed and has no mounts");
    }
    return mounts(chain);
  }

  /// Makes a writable snapshot.
  ///
  /// @param parent name of a committed snapshot; empty for none
  /// @throws SnapshotException ALREADY_EXISTS if the key is taken, or if `labels` name a target and
  ///     that snapshot exists now; NOT_FOUND if there is no such parent; INVALID_ARGUMENT if the
  ///     parent is not committed or the labels map ids wrongly
  public List<Mount> prepare(String key, String parent, Map<String, String> labels)
      throws IOException {
    required("key", key);
    Map<String, String> kept = Labels.checked(labels);
    String target = kept.getOrDefault(Labels.TARGET, "");
    if (!target.isEmpty()) {
      remote.prepare(new LayerProvider.Request(key, target, parent, kept));
    }
    return create(Kind.ACTIVE, key, parent, kept);
  }

  /// Makes a read-only snapshot.
  ///
  /// @throws SnapshotException as [#prepare] without a target
  public List<Mount> view(String key, String parent, Map<String, String> labels)
      throws IOException {
    return create(Kind.VIEW, required("key", key), parent, Labels.checked(labels));
  }

  /// Turns the active snapshot `key` into the committed snapshot `name`.
  ///
  /// @param parent committed snapshot that becomes the parent of one prepared without; empty to
  ///     keep what it has
  /// @param labels of the committed snapshot; those of the active one are forgotten
  /// @throws SnapshotException NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION if it is not active
  ///     or the new parent not committed, INVALID_ARGUMENT if it has another parent already
  public void commit(String name, String key, String parent, Map<String, String> labels)
      throws IOException {
    StoredSnapshot active = store.get(required("key", key));
    Usage usage =
        active.info().kind() == Kind.ACTIVE
            ? DiskUsage.of(directories.files(active.id()))
            : Usage.NONE;
    store.commit(key, required("name", name), parent, Labels.checked(labels), usage);
  }

  /// Removes a snapshot and its files. The name is free when this returns; files that cannot be
  /// deleted now are left to [#cleanup].
  ///
  /// @throws SnapshotException NOT_FOUND, or FAILED_PRECONDITION if it has children
  public void remove(String key) throws IOException {
    StoredSnapshot removed = store.remove(required("key", key));
    try {
      if (removed.layer().isPresent()) {
        layers.unmount(directories.files(removed.id()));
      }
      directories.discard(removed.id());
      if (removed.layer().isPresent()) {
        removeIfUnused(removed.layer().getAsInt());
      }
    } catch (IOException e) {
      LOG.atWarn()
          .addKeyValue("key", key)
          .setCause(e)
          .log("the files of a removed snapshot stay until the next cleanup");
    }
  }

  /// All snapshots any of the filters matches; all if there are none.
  ///
  /// @throws SnapshotException INVALID_ARGUMENT if a filter cannot be read
  public List<SnapshotInfo> list(List<String> filters) throws IOException {
    Filter filter;
    try {
      filter = Filter.parseAny(filters);
    } catch (FilterException e) {
      throw (IOException)
          new SnapshotException(Code.INVALID_ARGUMENT, String.valueOf(e.getMessage())).initCause(e);
    }
    return store.list(filter).stream().map(StoredSnapshot::info).toList();
  }

  /// Deletes what belongs to no snapshot, and waits until it is gone.
  ///
  /// @throws IOException the first failure, after all has been tried
  public void cleanup() throws IOException {
    try {
      sweep();
    } finally {
      layers.awaitRemovals();
    }
  }

  /// Deletes what belongs to no snapshot: directories, mounts, layers. Does not wait for the files
  /// of layers.
  ///
  /// @throws IOException the first failure, after all has been tried
  public void sweep() throws IOException {
    // Directories first: one that appears later belongs to a snapshot that is being made.
    List<Path> candidates = directories.all();
    List<IOException> failures = new ArrayList<>();
    for (Path leftover : SnapshotDirectories.leftovers(candidates, store.ids())) {
      try {
        layers.unmount(leftover.resolve("fs"));
        Trees.delete(leftover);
      } catch (IOException e) {
        failures.add(e);
      }
    }
    for (int layer : layers.numbers()) {
      try {
        removeIfUnused(layer);
      } catch (IOException e) {
        failures.add(e);
      }
    }
    if (!failures.isEmpty()) {
      IOException first = failures.removeFirst();
      failures.forEach(first::addSuppressed);
      throw first;
    }
  }

  /// Mounts the layers of all committed snapshots again after a restart. A layer that cannot be
  /// mounted is logged, and tried again when somebody needs it.
  public void restore() throws IOException {
    remote.restore();
  }

  private void removeIfUnused(int layer) throws IOException {
    layers.removeIf(layer, () -> store.isUnused(layer));
  }

  private List<Mount> create(Kind kind, String key, String parent, Map<String, String> labels)
      throws IOException {
    Owner owner = ownerOfRoot(parent, IdMapping.of(labels));
    boolean writable = kind == Kind.ACTIVE;
    Chain chain =
        store.create(kind, key, parent, labels, id -> directories.make(id, writable, owner));
    return mounts(chain);
  }

  /// The container's root where ids are mapped, else the owner of the parent's root.
  private @Nullable Owner ownerOfRoot(String parent, Optional<IdMapping> mapping)
      throws IOException {
    if (mapping.isPresent()) {
      return mapping.get().root();
    }
    return parent.isEmpty() ? null : Owner.of(remote.directory(store.get(parent)));
  }

  private List<Mount> mounts(Chain chain) throws IOException {
    for (StoredSnapshot ancestor : chain.ancestors()) {
      ancestor.layer().ifPresent(layers::used);
    }
    List<Path> lower = remote.stack(chain.ancestors());
    SnapshotInfo info = chain.snapshot().info();
    Optional<IdMapping> mapping = IdMapping.of(info.labels());
    if (mapping.isPresent()
        && (lower.isEmpty() || mapping.get().isAppliedTo(Owner.of(lower.getFirst())))) {
      mapping = Optional.empty();
    }
    long id = chain.snapshot().id();
    return overlay.of(
        new OverlayMounts.Stack(
            info.kind(), directories.files(id), directories.work(id), lower, mapping));
  }

  private static String required(String what, String value) throws SnapshotException {
    if (value.isEmpty()) {
      throw new SnapshotException(Code.INVALID_ARGUMENT, what + " of the snapshot is empty");
    }
    return value;
  }
}
