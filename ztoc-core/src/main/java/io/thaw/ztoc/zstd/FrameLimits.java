package io.thaw.ztoc.zstd;

/// Bounds on the frames that are read lazily.
///
/// @param maxWindowBytes the most memory a frame may ask of its decoder
/// @param maxFrameBytes the most bytes a frame may have, stored as well as decoded: so much is
///     fetched and decoded for one byte of it
/// @param maxSpanBytes a span ends with the first frame that brings it to so many stored bytes
public record FrameLimits(long maxWindowBytes, long maxFrameBytes, long maxSpanBytes) {

  /// What `zstd -21` needs as window, frames of 16 default spans, and spans of a size that the disk
  /// of any host takes.
  public static final FrameLimits DEFAULT = new FrameLimits(64L << 20, 64L << 20, 256L << 20);

  /// How many bytes of skippable frames a span may have between its frames; more end the span.
  static final int MAX_SKIPPED_IN_SPAN = 64 << 10;

  public FrameLimits {
    if (maxWindowBytes < 1 || maxFrameBytes < 1 || maxSpanBytes < 1) {
      throw new IllegalArgumentException("limits of frames are positive");
    }
  }
}
