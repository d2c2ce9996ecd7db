package io.thaw.daemon.snapshot;

import io.thaw.daemon.snapshot.SnapshotException.Code;
import io.thaw.daemon.snapshot.filter.Filter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/// What survives a restart: snapshots, their labels, the numbers of the layers they show, and why
/// layers are what they are. The layers themselves are the layer store's.
///
/// Enforces the rules that need no files: names are unique, parents are committed, only active
/// snapshots are committed, a snapshot with children stays. Every method is one transaction, on
/// disk when it returns. Safe for use by many threads.
public final class MetadataStore implements AutoCloseable {
  private final Database database;

  private MetadataStore(Database database) {
    this.database = database;
  }

  /// Opens or creates the database.
  ///
  /// @throws IOException if the file is damaged or was written by a newer version
  public static MetadataStore open(Path file) throws IOException {
    return new MetadataStore(Database.open(file));
  }

  /// Makes the directories of a new snapshot; runs inside the transaction, so that no row is
  /// without its directory.
  @FunctionalInterface
  public interface DirectoryMaker {
    void make(long id) throws IOException;
  }

  /// A snapshot and its ancestors, parent first.
  public record Chain(StoredSnapshot snapshot, List<StoredSnapshot> ancestors) {
    public Chain {
      ancestors = List.copyOf(ancestors);
    }
  }

  /// The snapshot with this name or key.
  ///
  /// @throws SnapshotException NOT_FOUND
  public StoredSnapshot get(String name) throws IOException {
    return database.transaction(c -> new SnapshotTable(c).require(name));
  }

  /// The snapshot with all its ancestors.
  ///
  /// @throws SnapshotException NOT_FOUND
  public Chain chain(String name) throws IOException {
    return database.transaction(
        c -> {
          SnapshotTable table = new SnapshotTable(c);
          StoredSnapshot snapshot = table.require(name);
          return new Chain(snapshot, table.ancestors(snapshot.id()));
        });
  }

  /// Adds a view or an active snapshot.
  ///
  /// @param parent name of the parent; empty for none
  /// @throws SnapshotException NOT_FOUND if there is no such parent, INVALID_ARGUMENT if it is not
  ///     committed, ALREADY_EXISTS if the key is taken
  public Chain create(
      Kind kind, String key, String parent, Map<String, String> labels, DirectoryMaker maker)
      throws IOException {
    return database.transaction(
        c -> {
          SnapshotTable table = new SnapshotTable(c);
          long id = insert(table, kind, key, parent, labels);
          maker.make(id);
          return new Chain(table.require(key), table.ancestors(id));
        });
  }

  /// Adds a committed snapshot that shows the layer of this number.
  ///
  /// @throws SnapshotException as [#create]
  public StoredSnapshot createCommitted(
      String name, String parent, Map<String, String> labels, int layer, DirectoryMaker maker)
      throws IOException {
    return database.transaction(
        c -> {
          SnapshotTable table = new SnapshotTable(c);
          long id = insert(table, Kind.COMMITTED, name, parent, labels);
          table.setLayer(id, layer);
          maker.make(id);
          return table.require(name);
        });
  }

  private static long insert(
      SnapshotTable table, Kind kind, String name, String parent, Map<String, String> labels)
      throws java.sql.SQLException, IOException {
    Long parentId = null;
    if (!parent.isEmpty()) {
      StoredSnapshot found = table.require(parent);
      if (found.info().kind() != Kind.COMMITTED) {
        throw new SnapshotException(
            Code.INVALID_ARGUMENT, "parent " + parent + " is not a committed snapshot");
      }
      parentId = found.id();
    }
    if (table.find(name).isPresent()) {
      throw SnapshotException.alreadyExists(name);
    }
    long id = table.insert(kind, name, parentId, now());
    table.setLabels(id, labels);
    return id;
  }

  /// Turns an active snapshot into a committed one.
  ///
  /// @param parent the parent of a snapshot that was prepared without one; empty to keep its own
  /// @param labels replace the active snapshot's
  /// @throws SnapshotException NOT_FOUND, ALREADY_EXISTS if the name is taken, FAILED_PRECONDITION
  ///     if the snapshot is not active or the parent not committed, INVALID_ARGUMENT if the
  ///     snapshot has another parent
  public void commit(
      String key, String name, String parent, Map<String, String> labels, Usage usage)
      throws IOException {
    database.transaction(
        c -> {
          SnapshotTable table = new SnapshotTable(c);
          StoredSnapshot active = table.require(key);
          if (table.find(name).isPresent()) {
            throw SnapshotException.alreadyExists(name);
          }
          if (active.info().kind() != Kind.ACTIVE) {
            throw new SnapshotException(
                Code.FAILED_PRECONDITION, "snapshot " + key + " is not active");
          }
          if (!parent.isEmpty() && !parent.equals(active.info().parent())) {
            table.setParent(active.id(), newParent(table, active, parent));
          }
          table.commit(active.id(), name, usage, now());
          table.setLabels(active.id(), labels);
          return true;
        });
  }

  private static long newParent(SnapshotTable table, StoredSnapshot active, String parent)
      throws java.sql.SQLException, IOException {
    if (!active.info().parent().isEmpty()) {
      throw new SnapshotException(
          Code.INVALID_ARGUMENT,
          "snapshot %s has parent %s; a commit cannot change it to %s"
              .formatted(active.info().name(), active.info().parent(), parent));
    }
    StoredSnapshot found = table.require(parent);
    if (found.info().kind() != Kind.COMMITTED) {
      throw new SnapshotException(
          Code.FAILED_PRECONDITION, "parent " + parent + " is not a committed snapshot");
    }
    return found.id();
  }

  /// Replaces the labels by what `change` makes of them.
  ///
  /// @throws SnapshotException NOT_FOUND
  public SnapshotInfo updateLabels(String name, UnaryOperator<Map<String, String>> change)
      throws IOException {
    return database.transaction(
        c -> {
          SnapshotTable table = new SnapshotTable(c);
          StoredSnapshot found = table.require(name);
          table.setLabels(found.id(), change.apply(found.info().labels()));
          table.touch(found.id(), now());
          return table.require(name).info();
        });
  }

  /// Removes a snapshot without children.
  ///
  /// @return the row as it was
  /// @throws SnapshotException NOT_FOUND, or FAILED_PRECONDITION if it has children
  public StoredSnapshot remove(String name) throws IOException {
    return database.transaction(
        c -> {
          SnapshotTable table = new SnapshotTable(c);
          StoredSnapshot found = table.require(name);
          Optional<String> child = table.anyChild(found.id());
          if (child.isPresent()) {
            throw new SnapshotException(
                Code.FAILED_PRECONDITION,
                "snapshot %s has children, one is %s; remove them first"
                    .formatted(name, child.get()));
          }
          table.delete(found.id());
          new WhyTable(c).forgetImagesOf(name);
          return found;
        });
  }

  /// All snapshots a filter matches, by id.
  public List<StoredSnapshot> list(Filter filter) throws IOException {
    return database.transaction(
        c ->
            new SnapshotTable(c)
                .all().stream().filter(s -> filter.test(SnapshotFields.of(s.info()))).toList());
  }

  /// The committed snapshot that was made for `target` on top of `parent`.
  public Optional<StoredSnapshot> findTarget(String target, String parent) throws IOException {
    return database.transaction(c -> new SnapshotTable(c).findTarget(target, parent));
  }

  /// Ids of all snapshots.
  public Set<Long> ids() throws IOException {
    return database.transaction(c -> new SnapshotTable(c).ids());
  }

  /// Whether no snapshot shows the layer and no pin keeps it.
  public boolean isUnused(int layer) throws IOException {
    return database.transaction(
        c -> !new SnapshotTable(c).shows(layer) && !new PinTable(c).holds(layer));
  }

  /// Numbers of the layers that views and active snapshots have below them, and of those a pin
  /// keeps.
  public Set<Integer> layersInUse() throws IOException {
    return database.transaction(
        c -> {
          Set<Integer> layers = new HashSet<>(new SnapshotTable(c).layersInUse());
          new PinTable(c).all().forEach(pin -> layers.add(pin.layer()));
          return Set.copyOf(layers);
        });
  }

  /// Remembers why a layer of an image is what it is, in place of what was remembered of it; the
  /// oldest records go first. The record goes with the image.
  public void recordWhy(WhyRecord why) throws IOException {
    database.transaction(
        c -> {
          new WhyTable(c).put(why);
          return true;
        });
  }

  /// Keeps layers; what an earlier pin of the image says of the same layer is replaced.
  public void pin(List<Pin> pins) throws IOException {
    database.transaction(
        c -> {
          PinTable table = new PinTable(c);
          for (Pin pin : pins) {
            table.put(pin);
          }
          return true;
        });
  }

  /// All pins, by image and layer.
  public List<Pin> pins() throws IOException {
    return database.transaction(c -> new PinTable(c).all());
  }

  /// Ends the pins of an image.
  ///
  /// @return how many there were
  public int unpin(String image) throws IOException {
    return database.transaction(c -> new PinTable(c).removeImage(image));
  }

  /// Ends the pins whose time is over.
  ///
  /// @return how many there were
  public int expirePins(Instant now) throws IOException {
    return database.transaction(c -> new PinTable(c).removeExpired(now));
  }

  /// Ends the pins of all but these layers. Called at start: numbers of layers that are gone may
  /// be given to others.
  public int retainPins(List<Integer> layers) throws IOException {
    return database.transaction(c -> new PinTable(c).keepOnly(Set.copyOf(layers)));
  }

  /// The newest records, newest first.
  public List<WhyRecord> why(int limit) throws IOException {
    return database.transaction(c -> new WhyTable(c).newest(limit));
  }

  private static long now() {
    return SnapshotTable.nanos(Instant.now());
  }

  @Override
  public void close() {
    database.close();
  }
}
