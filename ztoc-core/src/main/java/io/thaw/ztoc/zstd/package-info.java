/// Walking over zstd frames (RFC 8878): where they begin and end, and what of them may be decoded.
///
/// Headers are read here, in plain Java; the bytes of a frame are decoded by a {@link
/// io.thaw.ztoc.zstd.FrameDecoder} that somebody else brings, because that takes a native library.
/// Knows nothing of tar files or zTOCs.
@NullMarked
package io.thaw.ztoc.zstd;

import org.jspecify.annotations.NullMarked;
