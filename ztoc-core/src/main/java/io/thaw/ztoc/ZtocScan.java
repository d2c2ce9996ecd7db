package io.thaw.ztoc;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/// What a zTOC says about a layer beyond its digests, gathered while the layer streams by:
/// checkpoints, span digests and the file list.
///
/// For whoever inflates and parses a layer anyway and wants its zTOC as a by-product; [ZtocBuilder]
/// is for all others. Entries may come from another thread than the rest; [#finish] is called when
/// both have ended. An exception ends the scan, and only that: the layer can still be read on.
public final class ZtocScan implements AutoCloseable {
  /// zran's rule takes every block border before the first byte, each with a window of 32 KiB.
  private static final int MAX_CHECKPOINTS_AT_START = 64;

  private final ZtocOptions options;
  private final Compression compression;
  private final CheckpointSpool spool;
  private final EntrySpool entries;
  private final MessageDigest spanDigest = SpanDigests.newDigest();
  private final GrowingArrays.Longs checkpointIn = new GrowingArrays.Longs();
  private final GrowingArrays.Longs checkpointOut = new GrowingArrays.Longs();
  private final GrowingArrays.Bytes checkpointBits = new GrowingArrays.Bytes();
  private final GrowingArrays.Longs frameEnds = new GrowingArrays.Longs();
  private final ByteArrayOutputStream spanDigests = new ByteArrayOutputStream();
  private boolean inSpan;
  private boolean finished;
  private long compressedSize;
  private byte lastCompressed;

  /// @param compression how the layer is stored
  public ZtocScan(ZtocOptions options, Compression compression) {
    this.options = options;
    this.compression = compression;
    this.spool = new CheckpointSpool(options.spillDirectory());
    this.entries = new EntrySpool(options.spillDirectory());
  }

  /// The stored bytes so far.
  long compressedSize() {
    return compressedSize;
  }

  /// Takes stored bytes of a compressed layer, in order; see
  /// [io.thaw.ztoc.inflate.InflateTarget#compressed].
  public void compressed(byte[] buffer, int offset, int length) {
    if (inSpan) {
      spanDigest.update(buffer, offset, length);
    }
    compressedSize += length;
    lastCompressed = buffer[offset + length - 1];
  }

  /// Takes a place at which inflation can be resumed; see
  /// [io.thaw.ztoc.inflate.InflateTarget#checkpoint].
  ///
  /// @throws LayerLimitException if the layer has more of them than a zTOC may have
  public void checkpoint(
      long compressedOffset, int bits, long uncompressedOffset, byte[] buffer, int windowOffset)
      throws IOException {
    if (uncompressedOffset == 0 && spool.count() == MAX_CHECKPOINTS_AT_START) {
      throw new LayerLimitException(
          "The layer starts with more than "
              + MAX_CHECKPOINTS_AT_START
              + " empty deflate blocks, each of which would be a checkpoint");
    }
    startSpan(compressedOffset, bits, uncompressedOffset);
    spool.append(compressedOffset, uncompressedOffset, bits, buffer, windowOffset);
  }

  /// A span of whole frames of a zstd layer begins; see
  /// [io.thaw.ztoc.zstd.FrameTarget#startSpan].
  public void startSpan(long compressedOffset, long uncompressedOffset) throws IOException {
    startSpan(compressedOffset, 0, uncompressedOffset);
  }

  /// A span of whole frames ends; see [io.thaw.ztoc.zstd.FrameTarget#endSpan].
  public void endSpan(long compressedOffset) {
    endSpan();
    frameEnds.add(compressedOffset);
  }

  /// Takes bytes of a plain tar, which are stored and uncompressed bytes at once.
  public void plain(byte[] buffer, int offset, int length) throws IOException {
    int from = offset;
    int end = offset + length;
    while (from < end) {
      long inSpan = compressedSize % options.spanSizeBytes();
      if (inSpan == 0) {
        startSpan(compressedSize, 0, compressedSize);
      }
      int count = (int) Math.min(end - from, options.spanSizeBytes() - inSpan);
      spanDigest.update(buffer, from, count);
      from += count;
      compressedSize += count;
    }
  }

  private void startSpan(long in, int bits, long out) throws IOException {
    if (checkpointIn.count() == ZtocLimits.DEFAULT.maxSpans()) {
      throw new LayerLimitException(
          "The layer needs more than "
              + ZtocLimits.DEFAULT.maxSpans()
              + " spans of "
              + options.spanSizeBytes()
              + " bytes; use a larger span size");
    }
    endSpan();
    inSpan = true;
    if (bits != 0) {
      spanDigest.update(lastCompressed);
    }
    checkpointIn.add(in);
    checkpointOut.add(out);
    checkpointBits.add((byte) bits);
  }

  private void endSpan() {
    if (inSpan) {
      inSpan = false;
      spanDigests.writeBytes(spanDigest.digest());
    }
  }

  /// Takes a copy of an entry, in tar order.
  ///
  /// @throws LayerLimitException if a zTOC cannot hold it
  public void entry(TocEntry entry) throws IOException {
    if (entries.count() >= options.maxEntries()) {
      throw new LayerLimitException(
          "The layer has more than " + options.maxEntries() + " entries, the most a zTOC may list");
    }
    if (entry.paxRecords.size() > ZtocLimits.DEFAULT.maxPaxRecords()) {
      throw new LayerLimitException(
          "The entry at uncompressed offset "
              + entry.dataOffset
              + " has "
              + entry.paxRecords.size()
              + " PAX records, more than "
              + ZtocLimits.DEFAULT.maxPaxRecords());
    }
    entries.append(entry);
  }

  /// Ends the scan and puts the zTOC together.
  ///
  /// @param archiveSizeBytes size of the tar
  /// @param layerDigest SHA-256 of all stored bytes
  /// @param diffId SHA-256 of the tar, or null if nobody took it
  public BuiltZtoc finish(long archiveSizeBytes, byte[] layerDigest, byte @Nullable [] diffId)
      throws IOException {
    endSpan();
    if (checkpointIn.count() == 0) {
      throw new IOException("The layer has no bytes, so there is nothing to index");
    }
    SpanTable spans =
        new SpanTable(
            checkpointIn.toArray(),
            checkpointOut.toArray(),
            checkpointBits.toArray(),
            compression == Compression.ZSTD ? frameEnds.toArray() : null,
            spanDigests.toByteArray(),
            compressedSize,
            archiveSizeBytes);
    BuiltZtoc built =
        BuiltZtoc.assemble(options, compression, entries, spans, spool, layerDigest, diffId);
    finished = true;
    return built;
  }

  /// Drops what waits on the disk; what [#finish] gave keeps its own.
  @Override
  public void close() throws IOException {
    try (entries) {
      if (!finished) {
        spool.close();
      }
    }
  }
}
