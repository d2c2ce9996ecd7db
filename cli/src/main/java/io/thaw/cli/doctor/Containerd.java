package io.thaw.cli.doctor;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/// The running containerd.
@FunctionalInterface
interface Containerd {

  /// Asks it.
  ///
  /// @throws IOException if it does not answer; the message says what to do
  Facts ask() throws IOException;

  /// What it says of itself.
  ///
  /// @param version as in `v1.7.24`
  /// @param snapshotters by name, with what each exports
  record Facts(String version, Map<String, Map<String, String>> snapshotters) {
    public Facts {
      snapshotters = Map.copyOf(snapshotters);
    }

    List<String> names() {
      return snapshotters.keySet().stream().sorted().toList();
    }
  }
}
