package io.thaw.ztoc.inflate;

import java.io.IOException;

/// Decodes deflate data (RFC 1951) from a [CompressedInput] into an [OutputWindow], which keep what
/// has to be known between two calls.
interface MemberDecoder {

  /// How far a call came.
  enum Outcome {
    MORE_BLOCKS,
    LAST_BLOCK,
    /// The output has what was asked for; the block may go on.
    STOPPED
  }

  /// Decodes from the start of a block to the end of one: of the same, if the decoder can stop
  /// there, or of the member's last.
  ///
  /// @throws MalformedGzipException if the data are not deflate or end early
  Outcome decode() throws IOException;
}
