package io.thaw.it.chaos;

import io.thaw.proto.containerd.snapshots.v1.Info;
import io.thaw.proto.containerd.snapshots.v1.Kind;
import java.util.Map;

/// A snapshot as the model has it.
///
/// @param marker content of the file `marker` in its own directory; empty if none was written
record Entry(Kind kind, String parent, Map<String, String> labels, String marker) {
  Entry {
    labels = Map.copyOf(labels);
  }

  /// Whether the daemon says the same.
  boolean matches(Info info) {
    return info.getKind() == kind
        && info.getParent().equals(parent)
        && info.getLabelsMap().equals(labels);
  }
}
