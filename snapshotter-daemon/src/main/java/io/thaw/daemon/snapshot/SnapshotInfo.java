package io.thaw.daemon.snapshot;

import java.time.Instant;
import java.util.Map;

/// What containerd may know of a snapshot.
///
/// @param name key of a view or an active snapshot, name of a committed one
/// @param parent name of the parent; empty if there is none
public record SnapshotInfo(
    String name,
    String parent,
    Kind kind,
    Map<String, String> labels,
    Instant created,
    Instant updated) {
  public SnapshotInfo {
    labels = Map.copyOf(labels);
  }
}
