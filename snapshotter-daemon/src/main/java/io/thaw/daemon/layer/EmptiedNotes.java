package io.thaw.daemon.layer;

import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// When layers were emptied last, in memory and beside each layer. A note that cannot be written or
/// read costs nobody more than the note. Safe for use by many threads.
final class EmptiedNotes {
  private static final Logger LOG = LoggerFactory.getLogger(EmptiedNotes.class);

  private final Map<Digest, Emptied> notes = new ConcurrentHashMap<>();

  Optional<Emptied> of(Digest layer) {
    return Optional.ofNullable(notes.get(layer));
  }

  /// The layer was emptied just now.
  void put(Digest layer, LayerPaths paths, Emptied note) {
    notes.put(layer, note);
    try {
      note.write(paths.emptied());
    } catch (IOException e) {
      LOG.warn(
          "After a restart it will not be known why layer {} was emptied: {}",
          layer,
          e.getMessage());
    }
  }

  /// Reads what an earlier daemon noted.
  void recall(Digest layer, LayerPaths paths) throws IOException {
    try {
      Emptied.read(paths.emptied()).ifPresent(note -> notes.put(layer, note));
    } catch (IOException e) {
      // A crash of the host may leave it half written.
      LOG.warn("It is not known any more why layer {} was emptied: {}", layer, e.getMessage());
      Files.deleteIfExists(paths.emptied());
    }
  }

  /// The layer is gone, and its note with it.
  void forget(Digest layer) {
    notes.remove(layer);
  }
}
