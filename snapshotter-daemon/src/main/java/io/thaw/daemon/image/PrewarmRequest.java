package io.thaw.daemon.image;

import io.thaw.index.oci.Platform;
import io.thaw.registry.Reference;
import java.time.Duration;
import java.util.Optional;

/// What is to be brought here ahead of a pull.
///
/// @param platform which image of several; that of this machine is meant if it is empty
/// @param keep how long it stays without a snapshot that shows it
public record PrewarmRequest(
    Reference reference, Optional<Platform> platform, Until until, Duration keep) {

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
