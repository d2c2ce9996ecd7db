package io.thaw.daemon.image;

import io.thaw.registry.Reference;
import java.time.Duration;

/// What is to be brought here ahead of a pull.
///
/// @param keep how long it stays without a snapshot that shows it
public record PrewarmRequest(Reference reference, Until until, Duration keep) {

  /// How much of the image.
  public enum Until {
    /// Index and zTOCs.
    INDEX,
    /// And what a container needs to start: spans the index names, layers that are not indexed.
    PROFILE,
    /// Everything; layers are ordinary directories then.
    FULL
  }
}
