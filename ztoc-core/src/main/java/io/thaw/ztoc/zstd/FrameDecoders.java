package io.thaw.ztoc.zstd;

import java.io.IOException;

/// Makes frame decoders. Safe for use by many threads.
@FunctionalInterface
public interface FrameDecoders {

  /// For programs that need no zstd: every attempt to decode a frame fails.
  FrameDecoders NONE =
      () -> {
        throw new IOException("zstd is not available here");
      };

  /// A new decoder; the caller closes it.
  FrameDecoder open() throws IOException;
}
