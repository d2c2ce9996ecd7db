package io.thaw.daemon.image;

import io.thaw.daemon.layer.UnpackOrder.KnownZtoc;
import java.util.Optional;

/// How one layer of an image is brought to this node. Every way has its reason.
sealed interface LayerWay {
  /// For people.
  String reason();

  /// Mounted from its zTOC while its bytes arrive.
  record Lazy(KnownZtoc ztoc, String reason) implements LayerWay {}

  /// Fetched whole and unpacked.
  ///
  /// @param ztoc lets all cores work on the layer
  record Eager(Optional<KnownZtoc> ztoc, String reason) implements LayerWay {}

  /// containerd fetches and unpacks it.
  record Left(String reason) implements LayerWay {}
}
