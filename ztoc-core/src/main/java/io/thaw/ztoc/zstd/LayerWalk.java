package io.thaw.ztoc.zstd;

import io.thaw.ztoc.zstd.FrameReader.Tools;
import java.io.IOException;
import java.io.InputStream;

/// Reads a whole layer and decides where spans begin and end.
final class LayerWalk extends FrameWalk {
  private static final String REMEDY =
      "which can only be decoded from its start; compress it in frames of some megabytes"
          + " (zstd:chunked, seekable zstd)";

  private final long spanSize;
  private final long maxUncompressed;
  private final FrameTarget target;
  private long frames;
  private long frameDecodedStart;
  private boolean refused;
  private boolean inSpan;
  private long spanStart;
  private long spanDecodedStart;
  private long skippedInSpan;

  LayerWalk(
      Tools tools, InputStream source, long spanSize, long maxUncompressed, FrameTarget target) {
    super(tools, source, 0, 0);
    this.spanSize = spanSize;
    this.maxUncompressed = maxUncompressed;
    this.target = target;
  }

  void run() throws IOException {
    walk();
    if (inSpan) {
      endSpan();
    }
    if (frames == 1) {
      refuse(new EagerLayerException("it is a single zstd frame, " + REMEDY));
    }
  }

  @Override
  void refuse(EagerLayerException why) throws EagerLayerException {
    if (!refused) {
      refused = true;
      target.cannotBeLazy(why);
    }
  }

  @Override
  void beginContent(FrameHeader.Content header) throws IOException {
    frames++;
    frameDecodedStart = decoded();
    if (header.contentBytes() > limits().maxFrameBytes()) {
      refuse(tooLarge("%d bytes", header.contentBytes()));
    }
    // So that no small file in front of a large one costs as much as the large one.
    if (inSpan && header.contentBytes() >= spanSize && decoded() > spanDecodedStart) {
      endSpan();
    }
    if (!inSpan) {
      inSpan = true;
      spanStart = offset();
      spanDecodedStart = decoded();
      skippedInSpan = 0;
      target.startSpan(spanStart, spanDecodedStart);
    }
  }

  @Override
  void beginSkippable(FrameHeader.Skippable header) {
    skippedInSpan += header.lengthBytes() + header.dataBytes();
    if (inSpan && skippedInSpan > FrameLimits.MAX_SKIPPED_IN_SPAN) {
      endSpan();
    }
  }

  @Override
  void endContent() {
    if (decoded() - spanDecodedStart >= spanSize
        || offset() - spanStart >= limits().maxSpanBytes()) {
      endSpan();
    }
  }

  private void endSpan() {
    inSpan = false;
    target.endSpan(offset());
  }

  @Override
  void checkStored(long frameBytes) throws IOException {
    if (frameBytes > limits().maxFrameBytes()) {
      refuse(tooLarge("more than %d stored bytes", limits().maxFrameBytes()));
    }
  }

  @Override
  void take(byte[] buffer, int offset, int length) {
    target.compressed(buffer, offset, length);
  }

  @Override
  void emit(byte[] buffer, int length) throws IOException {
    if (decoded() > maxUncompressed - length) {
      throw new IOException(
          "The layer decodes to more than "
              + maxUncompressed
              + " bytes; raise the bound on uncompressed bytes if that is intended");
    }
    if (decoded() - frameDecodedStart > limits().maxFrameBytes() - length) {
      refuse(tooLarge("more than %d bytes", limits().maxFrameBytes()));
    }
    target.uncompressed(decoded(), buffer, 0, length);
  }

  @Override
  boolean isSatisfied() {
    return false;
  }

  private EagerLayerException tooLarge(String size, long bytes) {
    return new EagerLayerException(
        "it has a zstd frame of %s at offset %d, %s"
            .formatted(size.formatted(bytes), frameStart(), REMEDY));
  }
}
