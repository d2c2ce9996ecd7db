package io.thaw.ztoc.zstd;

import java.io.IOException;
import java.nio.ByteBuffer;

/// Decodes zstd frames, one after the other. Used by one thread at a time.
///
/// Content checksums are verified. Skippable frames never get here, nor does a frame whose header
/// breaks a limit.
public interface FrameDecoder extends AutoCloseable {

  /// Forgets what is left of an unfinished frame: the next byte is the first of another one.
  void reset();

  /// Takes bytes of `src`, puts decoded ones into `dst` and moves the positions of both. Takes
  /// nothing that lies behind the end of the frame.
  ///
  /// @param src backed by an array
  /// @param dst backed by an array
  /// @return true once the frame is complete and all of it has been put into a `dst`
  /// @throws BrokenFrameException if the bytes are no zstd frame or contradict their checksum
  /// @throws IOException if they cannot be decoded here
  boolean decode(ByteBuffer src, ByteBuffer dst) throws IOException;

  /// Gives back native memory.
  @Override
  void close();

  /// What was to be decoded is broken.
  final class BrokenFrameException extends IOException {
    private static final long serialVersionUID = 1L;

    public BrokenFrameException(String reason) {
      super(reason);
    }
  }
}
