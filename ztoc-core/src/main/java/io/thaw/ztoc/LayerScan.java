package io.thaw.ztoc;

import io.thaw.ztoc.inflate.InflateTarget;
import io.thaw.ztoc.tar.TarEntry;
import io.thaw.ztoc.tar.TarParser;
import io.thaw.ztoc.zstd.FrameTarget;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Everything that is learnt about a layer in one pass: checkpoints, span digests, the file list,
/// and the digests of the layer and its tar.
final class LayerScan implements InflateTarget, FrameTarget {
  /// Layers smaller than this may compress as well as they like.
  private static final long UNSUSPICIOUS_BYTES = 1L << 30;

  /// More than an inflater's input buffer.
  private static final long UNCOUNTED_BYTES = 256 << 10;

  /// zran's rule takes every block border before the first byte, each with a window of 32 KiB.
  private static final int MAX_CHECKPOINTS_AT_START = 64;

  private final ZtocOptions options;
  private final Compression compression;
  private final CheckpointSpool spool;
  private final MessageDigest layerDigest = SpanDigests.newDigest();
  private final MessageDigest spanDigest = SpanDigests.newDigest();
  private final @Nullable MessageDigest diffDigest;
  private final TarParser tar = new TarParser(this::addEntry);
  private final EntrySpool entries;
  private final TocListener listener;
  private final TocEntry row = new TocEntry();
  private final GrowingArrays.Longs checkpointIn = new GrowingArrays.Longs();
  private final GrowingArrays.Longs checkpointOut = new GrowingArrays.Longs();
  private final GrowingArrays.Bytes checkpointBits = new GrowingArrays.Bytes();
  private final GrowingArrays.Longs frameEnds = new GrowingArrays.Longs();
  private final ByteArrayOutputStream spanDigests = new ByteArrayOutputStream();
  private boolean inSpan;
  private long compressedSize;
  private byte lastCompressed;

  /// @param compression how the layer is stored
  LayerScan(
      ZtocOptions options,
      Compression compression,
      CheckpointSpool spool,
      EntrySpool entries,
      TocListener listener) {
    this.options = options;
    this.compression = compression;
    this.spool = spool;
    this.entries = entries;
    this.listener = listener;
    boolean tarIsLayer = compression == Compression.UNCOMPRESSED;
    this.diffDigest = options.diffId() && !tarIsLayer ? SpanDigests.newDigest() : null;
  }

  @Override
  public void compressed(byte[] buffer, int offset, int length) {
    layerDigest.update(buffer, offset, length);
    if (inSpan) {
      spanDigest.update(buffer, offset, length);
    }
    compressedSize += length;
    lastCompressed = buffer[offset + length - 1];
  }

  @Override
  public void uncompressed(long uncompressedOffset, byte[] buffer, int offset, int length)
      throws IOException {
    long total = uncompressedOffset + length;
    checkSize(total);
    if (total > UNSUSPICIOUS_BYTES) {
      checkExpansion(total);
    }
    if (diffDigest != null) {
      diffDigest.update(buffer, offset, length);
    }
    tar.accept(buffer, offset, length);
  }

  private void checkSize(long total) throws LayerLimitException {
    if (total > options.maxUncompressedBytes()) {
      throw LayerLimitException.of(
          "The layer's tar has more than " + options.maxUncompressedBytes() + " bytes",
          ZtocOptions.MAX_UNCOMPRESSED_PROPERTY);
    }
  }

  /// Deflate makes a thousand bytes of one at most: a few megabytes can be a bomb of gigabytes. The
  /// compressed bytes arrive after what they inflate to, so some of them are not counted yet.
  private void checkExpansion(long total) throws LayerLimitException {
    long stored = compressedSize + UNCOUNTED_BYTES;
    if (total / stored >= options.maxExpansion()) {
      throw LayerLimitException.of(
          "The layer inflates to more than "
              + options.maxExpansion()
              + " times its stored bytes ("
              + total
              + " bytes so far), like a decompression bomb",
          ZtocOptions.MAX_EXPANSION_PROPERTY);
    }
  }

  @Override
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

  @Override
  public void startSpan(long compressedOffset, long uncompressedOffset) throws IOException {
    startSpan(compressedOffset, 0, uncompressedOffset);
  }

  @Override
  public void endSpan(long compressedOffset) {
    endSpan();
    frameEnds.add(compressedOffset);
  }

  /// Takes bytes of a plain tar, which are compressed and uncompressed bytes at once.
  void plain(byte[] buffer, int offset, int length) throws IOException {
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
    checkSize(compressedSize);
    layerDigest.update(buffer, offset, length);
    tar.accept(buffer, offset, length);
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

  private void addEntry(TarEntry entry) throws IOException {
    if (entries.count() >= options.maxEntries()) {
      throw new LayerLimitException(
          "The layer has more than " + options.maxEntries() + " entries, the most a zTOC may list");
    }
    EntryType type = EntryType.ofTarFlag(entry.typeFlag());
    if (type == null) {
      throw new IllegalStateException("the tar parser let type " + entry.typeFlag() + " through");
    }
    if (entry.paxRecords().size() > ZtocLimits.DEFAULT.maxPaxRecords()) {
      throw new LayerLimitException(
          "The entry at uncompressed offset "
              + entry.dataOffset()
              + " has "
              + entry.paxRecords().size()
              + " PAX records, more than "
              + ZtocLimits.DEFAULT.maxPaxRecords());
    }
    List<PaxRecord> records = new ArrayList<>(entry.paxRecords().size());
    for (Map.Entry<byte[], byte[]> record : entry.paxRecords().entrySet()) {
      records.add(new PaxRecord(record.getKey(), record.getValue()));
    }
    row.name(entry.name())
        .type(type)
        .dataOffset(entry.dataOffset())
        .sizeBytes(entry.sizeBytes())
        .linkName(entry.linkName())
        .mode(entry.mode())
        .owner((int) entry.uid(), (int) entry.gid())
        .ownerNames(entry.userName(), entry.groupName())
        .mtime(entry.mtimeSeconds(), entry.mtimeNanos())
        .device(entry.deviceMajor(), entry.deviceMinor())
        .paxRecords(records);
    entries.append(row);
    listener.entry(row);
  }

  /// Ends the pass and puts the zTOC together. The spool of checkpoints belongs to the result from
  /// here on.
  BuiltZtoc finish() throws IOException {
    tar.finish();
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
            tar.archiveSizeBytes());
    byte[] layer = layerDigest.digest();
    byte[] tarDigest = diffDigest == null ? null : diffDigest.digest();
    byte[] diffId = compression == Compression.UNCOMPRESSED ? layer : tarDigest;
    return BuiltZtoc.assemble(options, compression, entries, spans, spool, layer, diffId);
  }
}
