package io.thaw.daemon.layer;

import io.thaw.fuse.sys.Trees;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes up the layers an earlier daemon left in the store, and removes what a crash left of
/// others.
final class LayerReopener {
  private static final Logger LOG = LoggerFactory.getLogger(LayerReopener.class);

  private final Path root;
  private final LazyLayer.Shared shared;
  private final TreeSync sync;
  private final EmptiedNotes emptied;

  /// What was found.
  ///
  /// @param highestNumber of any layer's directory; 0 if there is none
  record Found(List<Layer> layers, int highestNumber) {}

  LayerReopener(Path root, LazyLayer.Shared shared, TreeSync sync, EmptiedNotes emptied) {
    this.root = root;
    this.shared = shared;
    this.sync = sync;
    this.emptied = emptied;
  }

  Found run() throws IOException {
    List<Layer> layers = new ArrayList<>();
    int highest = 0;
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(root)) {
      for (Path directory : directories) {
        int number = number(directory);
        LayerPaths paths = new LayerPaths(directory);
        // What was written shortly before the host went down may be there without its content.
        if (number < 0 || !Files.exists(paths.record()) || Files.size(paths.record()) == 0) {
          LOG.info("{} is a leftover and is removed.", directory);
          shared.remover().remove(directory);
        } else {
          highest = Math.max(highest, number);
          reopen(number, paths, layers);
        }
      }
    }
    return new Found(layers, highest);
  }

  private static int number(Path directory) {
    String name = String.valueOf(directory.getFileName());
    try {
      return name.matches("[1-9][0-9]{0,8}") ? Integer.parseInt(name) : -1;
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private void reopen(int number, LayerPaths paths, List<Layer> layers) throws IOException {
    LayerRecord record;
    try {
      record = LayerRecord.read(paths.record());
    } catch (IOException e) {
      LOG.error("A layer cannot be read and is left alone: {}", e.getMessage());
      return;
    }
    try {
      layers.add(reopen(number, paths, record));
    } catch (IOException | RuntimeException e) {
      LOG.error(
          "Layer {} cannot be opened again and is removed; images that contain it have to be pulled"
              + " again: {}",
          record.blob().digest(),
          e.getMessage(),
          e);
      shared.remover().remove(paths.directory());
    }
  }

  private Layer reopen(int number, LayerPaths paths, LayerRecord record) throws IOException {
    return record.ztocDigest() == null
        ? unpacked(number, paths, record)
        : lazy(number, paths, record);
  }

  private Layer unpacked(int number, LayerPaths paths, LayerRecord record) throws IOException {
    LayerUsage settled = record.settled();
    if (settled == null) {
      throw new IOException("it was never unpacked completely");
    }
    UnpackedLayer layer = new UnpackedLayer(number, record.blob(), paths.tree(), settled);
    if (record.unsyncedBoot() != null) {
      if (!record.unsyncedBoot().equals(shared.boot())) {
        throw new IOException("the host went down before all of it was on the disk");
      }
      sync.soon(layer, record);
    }
    return layer;
  }

  private Layer lazy(int number, LayerPaths paths, LayerRecord record) throws IOException {
    if (LazyLayer.trusted(paths, record, shared.boot())) {
      emptied.recall(record.blob().digest(), paths);
    } else {
      LOG.info(
          "Layer {} was not settled when the host went down; it is fetched again.",
          record.blob().digest());
      shared.remover().remove(paths.tree());
      Files.deleteIfExists(paths.spans());
      String reason = "the host went down before the layer was complete and on the disk";
      emptied.put(record.blob().digest(), paths, new Emptied(Instant.now(), 0, reason));
    }
    Trees.delete(paths.emptyTree());
    removeSpools(paths);
    return LazyLayer.open(number, paths, record, shared);
  }

  private static void removeSpools(LayerPaths paths) throws IOException {
    try (DirectoryStream<Path> spools = Files.newDirectoryStream(paths.directory(), "spool-*")) {
      for (Path spool : spools) {
        Files.delete(spool);
      }
    }
  }
}
