package io.thaw.daemon.snapshot;

import java.util.List;

/// A mount for containerd to make.
///
/// @param type filesystem type
/// @param source directory, or a name where the type needs none
/// @param options as fstab writes them
public record Mount(String type, String source, List<String> options) {
  public Mount {
    options = List.copyOf(options);
  }
}
