package io.thaw.ztoc;

import java.io.IOException;
import java.nio.ByteBuffer;

/// Random access to the stored bytes of one layer, wherever they live.
///
/// Implementations are safe for use by many threads at once.
public interface RangeReader {

  /// The number of stored bytes.
  long sizeBytes();

  /// Fills `dst` from `offset`.
  ///
  /// @param offset first byte, `0 <= offset` and `offset + dst.remaining() <= sizeBytes()`
  /// @throws java.io.EOFException if the source ends before `dst` is full
  /// @throws IOException if the bytes cannot be had; the message says from where and why
  void readFully(long offset, ByteBuffer dst) throws IOException;
}
