package io.thaw.ztoc.zstd;

/// The header of a frame, RFC 8878 sections 3.1.1.1 and 3.1.2.
sealed interface FrameHeader {
  /// No header is longer: magic, descriptor, window, dictionary id, content size.
  int MAX_BYTES = 4 + 1 + 1 + 4 + 8;

  long UNKNOWN = -1;

  /// How many bytes the header has.
  int lengthBytes();

  /// A frame with content.
  ///
  /// @param windowBytes how far back its bytes may refer
  /// @param contentBytes how many bytes it decodes to, or [#UNKNOWN]
  /// @param checksum whether four bytes of checksum follow the last block
  record Content(int lengthBytes, long windowBytes, long contentBytes, boolean checksum)
      implements FrameHeader {}

  /// A frame of other data, which no decoder looks at.
  ///
  /// @param dataBytes how many bytes follow the header
  record Skippable(int lengthBytes, long dataBytes) implements FrameHeader {}

  /// Reads a header.
  ///
  /// @param available how many bytes there are from `offset` on: [#MAX_BYTES], or all to the end
  /// @param position the compressed offset of the header, for errors
  static FrameHeader parse(byte[] bytes, int offset, int available, long position)
      throws MalformedZstdException {
    return new FrameHeaderParser(bytes, offset, available, position).parse();
  }
}
