package io.thaw.daemon.snapshot;

import io.thaw.daemon.snapshot.filter.Fields;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// A snapshot as filters see it; the same fields as in containerd.
final class SnapshotFields {
  private SnapshotFields() {}

  static Fields of(SnapshotInfo info) {
    return path ->
        switch (path.getFirst()) {
          case "name" -> Optional.of(info.name());
          case "parent" -> Optional.of(info.parent());
          case "kind" -> Optional.of(info.kind().name().toLowerCase(Locale.ROOT));
          case "labels" -> label(info, path.subList(1, path.size()));
          default -> Optional.empty();
        };
  }

  private static Optional<String> label(SnapshotInfo info, List<String> key) {
    return Optional.ofNullable(info.labels().get(String.join(".", key)));
  }
}
