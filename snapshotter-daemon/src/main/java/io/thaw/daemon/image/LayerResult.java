package io.thaw.daemon.image;

import io.thaw.daemon.snapshot.ProvidedLayer;

/// What became of one layer of an image.
sealed interface LayerResult {

  /// It is mounted from its zTOC while its bytes arrive.
  record Lazy(ProvidedLayer layer) implements LayerResult {}

  /// It was fetched whole and unpacked.
  record Unpacked(ProvidedLayer layer) implements LayerResult {}

  /// The image has no index that could be used.
  record NoIndex(String reason) implements LayerResult {}

  /// The registry could not be asked.
  record Unreachable(String reason) implements LayerResult {}

  /// The index is for an image that does not contain the layer.
  record NotInImage(String reason) implements LayerResult {}

  /// The layer could not be opened or unpacked.
  record Failed(String reason) implements LayerResult {}

  /// It is a layer nobody here can bring, such as a foreign one.
  record Refused(String reason) implements LayerResult {}

  /// It takes longer than the configuration allows; the work goes on.
  record TooSlow(String reason) implements LayerResult {}
}
