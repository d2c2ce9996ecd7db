package io.thaw.ztoc;

import java.io.IOException;

/// Takes the uncompressed bytes of a span, piece by piece and in order.
@FunctionalInterface
public interface SpanSink {

  /// Takes `length` bytes of `buffer` that stand at `uncompressedOffset` of the layer's tar.
  ///
  /// The buffer belongs to the caller and is reused after this call returns.
  ///
  /// @throws IOException to stop the extraction; it reaches the caller of the extractor unchanged
  void accept(long uncompressedOffset, byte[] buffer, int offset, int length) throws IOException;
}
