package io.thaw.daemon.image;

import io.thaw.registry.Digest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// How far a prewarm is.
///
/// @param expires until when the layers are kept; empty while it works
public record PrewarmState(Digest manifest, List<LayerPart> layers, Optional<Instant> expires) {
  public PrewarmState {
    layers = List.copyOf(layers);
  }

  /// One layer's part.
  ///
  /// @param lazy whether it comes through its zTOC
  /// @param wantedBytes stored bytes that are waited for
  /// @param presentBytes how many of them are here
  /// @param lastError why nothing arrives; empty if something does
  public record LayerPart(
      Digest digest,
      boolean lazy,
      long wantedBytes,
      long presentBytes,
      boolean done,
      String lastError) {}
}
