package io.thaw.ztoc.zstd;

import java.io.IOException;

/// Takes what a [FrameReader] makes of a stream. All buffers belong to the reader and are reused
/// after the call.
public interface FrameTarget {

  /// Takes stored bytes, those of skippable frames included, in order and without gaps.
  default void compressed(byte[] buffer, int offset, int length) {}

  /// Takes decoded bytes, in order and without gaps.
  void uncompressed(long uncompressedOffset, byte[] buffer, int offset, int length)
      throws IOException;

  /// A span begins with the frame that comes next. Exactly the bytes before both offsets have been
  /// handed over.
  default void startSpan(long compressedOffset, long uncompressedOffset) throws IOException {}

  /// The layer cannot be read lazily with any profit; told once. Spans mean nothing from now on.
  ///
  /// @throws EagerLayerException to end the reading, which is what happens unless this is
  /// overridden
  default void cannotBeLazy(EagerLayerException why) throws EagerLayerException {
    throw why;
  }

  /// The span that began last has ended. Exactly the bytes before this offset have been handed
  /// over.
  default void endSpan(long compressedOffset) {}
}
