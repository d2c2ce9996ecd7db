package io.thaw.cli.extract;

import io.thaw.index.zstd.NativeFrameDecoder;
import io.thaw.ztoc.SpanDigests;
import io.thaw.ztoc.SpanExtractor;
import io.thaw.ztoc.SpanTable;
import io.thaw.ztoc.Ztoc;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.OptionalLong;

/// Writes one file of a layer, from nothing but the spans it lies in. Each span is verified before
/// the first of its bytes is written.
public final class FileExtractor {
  /// Larger spans, which a zTOC with huge span sizes has, go to a file before they are verified.
  private static final long IN_MEMORY_BYTES = 64L << 20;

  private static final int BUFFER_BYTES = 64 << 10;

  private final Ztoc ztoc;
  private final LayerBytes layer;
  private final SpanExtractor extractor = new SpanExtractor(NativeFrameDecoder.DECODERS);

  /// @throws IOException if the layer has another size than the zTOC says
  public FileExtractor(Ztoc ztoc, LayerBytes layer) throws IOException {
    this.ztoc = ztoc;
    this.layer = layer;
    OptionalLong size = layer.sizeBytes();
    if (size.isPresent() && size.getAsLong() != ztoc.compressedSizeBytes()) {
      throw new IOException(
          layer.name()
              + " has "
              + size.getAsLong()
              + " bytes, but the zTOC describes a layer of "
              + ztoc.compressedSizeBytes()
              + "; it belongs to another layer");
    }
  }

  /// Writes the bytes of a regular file's entry.
  public void extract(int entry, OutputStream out) throws IOException {
    long start = ztoc.toc().dataOffset(entry);
    long end = Math.addExact(start, ztoc.toc().sizeBytes(entry));
    if (start == end) {
      return;
    }
    SpanTable spans = ztoc.spans();
    int first = spans.spanOf(start);
    int last = spans.spanOf(end - 1);
    long from = spans.compressedStart(first);
    try (InputStream in =
        new BufferedInputStream(layer.range(from, spans.compressedEnd(last)), BUFFER_BYTES)) {
      long position = from;
      int shared = -1;
      for (int span = first; span <= last; span++) {
        // Neighbours may share the byte in which one ends and the other begins.
        boolean isShared = spans.compressedStart(span) < position;
        // Those of a zstd layer may have bytes between them that belong to neither.
        in.skipNBytes(Math.max(0, spans.compressedStart(span) - position));
        Verified bytes = read(in, span, isShared ? shared : -1);
        try (bytes) {
          extractor.extract(
              ztoc,
              span,
              bytes.open(),
              (at, buffer, offset, length) -> {
                long cut = Math.max(start, at);
                long stop = Math.min(end, at + length);
                if (cut < stop) {
                  out.write(buffer, offset + (int) (cut - at), (int) (stop - cut));
                }
              });
        }
        shared = bytes.lastByte();
        position = spans.compressedEnd(span);
      }
    }
  }

  private Verified read(InputStream in, int span, int sharedByte) throws IOException {
    long length = ztoc.spans().compressedLength(span);
    MessageDigest digest = SpanDigests.newDigest();
    Verified bytes = length <= IN_MEMORY_BYTES ? new InMemory((int) length) : new InFile();
    try {
      byte[] buffer = new byte[BUFFER_BYTES];
      long done = 0;
      if (sharedByte >= 0) {
        buffer[0] = (byte) sharedByte;
        digest.update(buffer, 0, 1);
        bytes.append(buffer, 1);
        done = 1;
      }
      while (done < length) {
        int n = in.read(buffer, 0, (int) Math.min(buffer.length, length - done));
        if (n < 0) {
          throw new EOFException(
              layer.name() + " ends " + (length - done) + " bytes before the end of span " + span);
        }
        digest.update(buffer, 0, n);
        bytes.append(buffer, n);
        done += n;
      }
      SpanDigests.verify(ztoc.spans(), span, digest.digest());
      return bytes;
    } catch (IOException | RuntimeException e) {
      bytes.close();
      throw e;
    }
  }

  /// The compressed bytes of a span, on their way to being verified.
  private abstract static sealed class Verified implements AutoCloseable {
    private int lastByte = -1;

    final void append(byte[] buffer, int count) throws IOException {
      write(buffer, count);
      lastByte = buffer[count - 1] & 0xff;
    }

    final int lastByte() {
      return lastByte;
    }

    abstract void write(byte[] buffer, int count) throws IOException;

    abstract InputStream open() throws IOException;

    @Override
    public abstract void close() throws IOException;
  }

  private static final class InMemory extends Verified {
    private final byte[] bytes;
    private int count;

    InMemory(int length) {
      bytes = new byte[length];
    }

    @Override
    void write(byte[] buffer, int length) {
      System.arraycopy(buffer, 0, bytes, count, length);
      count += length;
    }

    @Override
    InputStream open() {
      return new ByteArrayInputStream(bytes, 0, count);
    }

    @Override
    public void close() {}
  }

  private static final class InFile extends Verified {
    private final Path file = Files.createTempFile("thaw-span-", "");
    private final OutputStream out = Files.newOutputStream(file);

    InFile() throws IOException {}

    @Override
    void write(byte[] buffer, int length) throws IOException {
      out.write(buffer, 0, length);
    }

    @Override
    InputStream open() throws IOException {
      out.close();
      return new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES);
    }

    @Override
    public void close() throws IOException {
      out.close();
      Files.deleteIfExists(file);
    }
  }
}
