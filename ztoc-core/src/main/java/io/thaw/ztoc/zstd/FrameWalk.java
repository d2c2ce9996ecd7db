package io.thaw.ztoc.zstd;

import io.thaw.ztoc.zstd.FrameReader.Tools;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/// One walk over frames: headers are read here, contents go through the decoder, and what is made
/// of both is a subclass's business.
abstract class FrameWalk {
  private static final int BLOCK_HEADER_BYTES = 3;
  private static final int MAX_BLOCK_BYTES = 128 << 10;
  private static final int CHECKSUM_BYTES = 4;
  private static final int RLE_BLOCK = 1;
  private static final int RESERVED_BLOCK = 3;

  private final Tools tools;
  private final FrameInput in;
  private long frameStart;
  private boolean inContent;
  private boolean frameEnded;
  private long decoded;
  private long largestWindow;

  FrameWalk(Tools tools, InputStream source, long compressedStart, long uncompressedStart) {
    this.tools = tools;
    in = new FrameInput(source, tools.input, compressedStart, this::deliver);
    decoded = uncompressedStart;
  }

  /// A frame begins at [#offset].
  abstract void beginContent(FrameHeader.Content header) throws IOException;

  abstract void beginSkippable(FrameHeader.Skippable header);

  /// The frame has ended at [#offset].
  abstract void endContent();

  /// The frame that begins here needs more than the limits allow.
  ///
  /// @throws EagerLayerException to end the walk
  void refuse(EagerLayerException why) throws EagerLayerException {
    throw why;
  }

  /// So many bytes of the frame have been walked over.
  abstract void checkStored(long frameBytes) throws IOException;

  /// Stored bytes have been walked over.
  abstract void take(byte[] buffer, int offset, int length);

  /// Decoded bytes, which stand at [#decoded].
  abstract void emit(byte[] buffer, int length) throws IOException;

  /// Whether nothing more has to be decoded.
  abstract boolean isSatisfied();

  /// The compressed offset that the walk has reached.
  final long offset() {
    return in.offset();
  }

  /// The compressed offset of the current frame.
  final long frameStart() {
    return frameStart;
  }

  /// The uncompressed offset that the decoder has reached.
  final long decoded() {
    return decoded;
  }

  final long largestWindowBytes() {
    return largestWindow;
  }

  final FrameLimits limits() {
    return tools.limits;
  }

  /// Walks to the end of the source, or until satisfied.
  final void walk() throws IOException {
    while (!isSatisfied() && in.require(1)) {
      readFrame();
    }
  }

  private void readFrame() throws IOException {
    frameStart = in.offset();
    switch (in.header()) {
      case FrameHeader.Skippable header -> {
        beginSkippable(header);
        in.advance(header.lengthBytes() + header.dataBytes());
        in.deliver();
      }
      case FrameHeader.Content header -> readContent(header);
    }
  }

  private void readContent(FrameHeader.Content header) throws IOException {
    checkWindow(header);
    beginContent(header);
    tools.decoder.reset();
    inContent = true;
    frameEnded = false;
    in.advance(header.lengthBytes());
    walkBlocks(Math.min(header.windowBytes(), MAX_BLOCK_BYTES));
    in.advance(header.checksum() ? CHECKSUM_BYTES : 0);
    in.deliver();
    inContent = false;
    if (!frameEnded && !isSatisfied()) {
      throw malformed("the frame goes on behind its last block");
    }
    endContent();
  }

  private void checkWindow(FrameHeader.Content header) throws IOException {
    long most = limits().maxWindowBytes();
    if (header.windowBytes() > most) {
      refuse(
          new EagerLayerException(
              ("its zstd frame at offset %d needs a window of %d bytes, more than %d; compress it"
                      + " with a smaller window (zstd without --long and --ultra)")
                  .formatted(frameStart, header.windowBytes(), most)));
    }
    largestWindow = Math.max(largestWindow, header.windowBytes());
  }

  private void walkBlocks(long largestBlock) throws IOException {
    boolean last;
    do {
      if (!in.require(BLOCK_HEADER_BYTES)) {
        throw new MalformedZstdException(
            in.offset() + in.available(), "the layer ends within a frame");
      }
      int block = in.uint24();
      last = (block & 1) != 0;
      int type = block >>> 1 & 3;
      int size = block >>> 3;
      if (type == RESERVED_BLOCK || size > largestBlock) {
        throw new MalformedZstdException(
            in.offset(),
            "a block of type %d and %d bytes, where %d bytes are allowed"
                .formatted(type, size, largestBlock));
      }
      in.advance(BLOCK_HEADER_BYTES + (type == RLE_BLOCK ? 1 : size));
      checkStored(in.offset() - frameStart);
    } while (!last);
  }

  private void deliver(byte[] buffer, int offset, int length) throws IOException {
    take(buffer, offset, length);
    if (inContent) {
      decode(ByteBuffer.wrap(buffer, offset, length));
    }
  }

  private void decode(ByteBuffer src) throws IOException {
    ByteBuffer output = ByteBuffer.wrap(tools.output);
    boolean more = src.hasRemaining();
    while (more && !isSatisfied()) {
      if (frameEnded) {
        throw malformed("the frame ends before its last block");
      }
      int before = src.position();
      output.clear();
      try {
        frameEnded = tools.decoder.decode(src, output);
      } catch (FrameDecoder.BrokenFrameException e) {
        throw malformed("the frame does not decode: " + e.getMessage());
      }
      int count = output.position();
      if (count > 0) {
        emit(tools.output, count);
        decoded += count;
      } else if (src.position() == before && src.hasRemaining()) {
        throw malformed("the decoder takes no more of the frame's bytes");
      }
      // A full buffer may have left something behind, even if all bytes were taken.
      more = src.hasRemaining() || (!frameEnded && !output.hasRemaining());
    }
  }

  private MalformedZstdException malformed(String reason) {
    return new MalformedZstdException(frameStart, reason);
  }
}
