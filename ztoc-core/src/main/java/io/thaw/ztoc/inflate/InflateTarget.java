package io.thaw.ztoc.inflate;

import java.io.IOException;

/// Takes what an [Inflater] makes of a stream. All buffers belong to the inflater and are reused
/// after the call.
public interface InflateTarget {

  /// Takes uncompressed bytes, in order and without gaps.
  void uncompressed(long uncompressedOffset, byte[] buffer, int offset, int length)
      throws IOException;

  /// Takes compressed bytes, in order and without gaps. Before a [#checkpoint] exactly the bytes
  /// before its `compressedOffset` have been handed over.
  default void compressed(byte[] buffer, int offset, int length) {}

  /// A place at which inflation can be resumed.
  ///
  /// @param compressedOffset first whole byte of the block that starts here
  /// @param bits how many bits, the highest ones, of the byte before belong to that block, `0 .. 7`
  /// @param uncompressedOffset uncompressed bytes before this place
  /// @param buffer holds, from `windowOffset`, the last 32 KiB before this place; zeros stand for
  ///     bytes before the start
  default void checkpoint(
      long compressedOffset, int bits, long uncompressedOffset, byte[] buffer, int windowOffset)
      throws IOException {}
}
