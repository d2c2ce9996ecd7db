package io.thaw.ztoc;

import io.thaw.ztoc.inflate.InflateTarget;
import io.thaw.ztoc.tar.TarEntry;
import io.thaw.ztoc.tar.TarParser;
import io.thaw.ztoc.zstd.FrameTarget;
import java.io.IOException;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/// Everything that is learnt about a layer in one pass: what [ZtocScan] gathers, and the digests of
/// the layer and its tar.
final class LayerScan implements InflateTarget, FrameTarget {
  /// Layers smaller than this may compress as well as they like.
  private static final long UNSUSPICIOUS_BYTES = 1L << 30;

  /// More than an inflater's input buffer.
  private static final long UNCOUNTED_BYTES = 256 << 10;

  private final ZtocOptions options;
  private final Compression compression;
  private final ZtocScan scan;
  private final MessageDigest layerDigest = SpanDigests.newDigest();
  private final @Nullable MessageDigest diffDigest;
  private final TarParser tar = new TarParser(this::addEntry);
  private final TocListener listener;
  private final TocEntry row = new TocEntry();

  /// @param compression how the layer is stored
  LayerScan(ZtocOptions options, Compression compression, ZtocScan scan, TocListener listener) {
    this.options = options;
    this.compression = compression;
    this.scan = scan;
    this.listener = listener;
    boolean tarIsLayer = compression == Compression.UNCOMPRESSED;
    this.diffDigest = options.diffId() && !tarIsLayer ? SpanDigests.newDigest() : null;
  }

  @Override
  public void compressed(byte[] buffer, int offset, int length) {
    layerDigest.update(buffer, offset, length);
    scan.compressed(buffer, offset, length);
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
    long stored = scan.compressedSize() + UNCOUNTED_BYTES;
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
    scan.checkpoint(compressedOffset, bits, uncompressedOffset, buffer, windowOffset);
  }

  @Override
  public void startSpan(long compressedOffset, long uncompressedOffset) throws IOException {
    scan.startSpan(compressedOffset, uncompressedOffset);
  }

  @Override
  public void endSpan(long compressedOffset) {
    scan.endSpan(compressedOffset);
  }

  /// Takes bytes of a plain tar, which are compressed and uncompressed bytes at once.
  void plain(byte[] buffer, int offset, int length) throws IOException {
    scan.plain(buffer, offset, length);
    checkSize(scan.compressedSize());
    layerDigest.update(buffer, offset, length);
    tar.accept(buffer, offset, length);
  }

  private void addEntry(TarEntry entry) throws IOException {
    row.set(entry);
    scan.entry(row);
    listener.entry(row);
  }

  /// Ends the pass and puts the zTOC together.
  BuiltZtoc finish() throws IOException {
    tar.finish();
    byte[] layer = layerDigest.digest();
    byte[] tarDigest = diffDigest == null ? null : diffDigest.digest();
    byte[] diffId = compression == Compression.UNCOMPRESSED ? layer : tarDigest;
    return scan.finish(tar.archiveSizeBytes(), layer, diffId);
  }
}
