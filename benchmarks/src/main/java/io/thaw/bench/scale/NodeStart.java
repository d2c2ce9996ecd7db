package io.thaw.bench.scale;

/// One node's start of the image.
interface NodeStart {
  /// Begins now.
  ///
  /// @param ready called at the first output
  void begin(Runnable ready);

  /// Fetches what the start has not; to be called once the start is over.
  void fill();
}
