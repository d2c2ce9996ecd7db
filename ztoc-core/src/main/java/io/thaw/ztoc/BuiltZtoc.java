package io.thaw.ztoc;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;

/// A finished zTOC, and what was learnt about the layer on the way. Close it to drop spilled
/// windows.
///
/// Digests are raw SHA-256 values. Not safe for use by more than one thread.
public final class BuiltZtoc implements AutoCloseable {
  private final Compression compression;
  private final long spanSizeBytes;
  private final Toc toc;
  private final SpanTable spans;
  private final CheckpointSpool spool;
  private final byte[] layerDigest;
  private final byte[] diffId;
  private final FlatWriter flatbuffer;
  private final byte[] digest;

  private BuiltZtoc(
      ZtocOptions options,
      Compression compression,
      Toc toc,
      SpanTable spans,
      CheckpointSpool spool,
      byte[] layerDigest,
      byte[] diffId)
      throws IOException {
    this.compression = compression;
    this.spanSizeBytes = options.spanSizeBytes();
    this.toc = toc;
    this.spans = spans;
    this.spool = spool;
    this.layerDigest = layerDigest;
    this.diffId = diffId;
    ZtocWriter.Checkpoints checkpoints =
        switch (compression) {
          case GZIP ->
              new ZtocWriter.Checkpoints.External(ZinfoLayout.HEADER_BYTES + spool.sizeBytes());
          case ZSTD -> new ZtocWriter.Checkpoints.Frames(spanSizeBytes);
          case UNCOMPRESSED ->
              new ZtocWriter.Checkpoints.PlainTar(spanSizeBytes, spans.compressedSizeBytes());
        };
    this.flatbuffer =
        new ZtocWriter().write(options.buildTool(), compression, toc, spans, checkpoints);
    MessageDigest sha256 = SpanDigests.newDigest();
    flatbuffer.writeTo(
        new DigestOutputStream(OutputStream.nullOutputStream(), sha256), this::writeZinfo);
    this.digest = sha256.digest();
  }

  static BuiltZtoc assemble(
      ZtocOptions options,
      Compression compression,
      Toc toc,
      SpanTable spans,
      CheckpointSpool spool,
      byte[] layerDigest,
      byte[] diffId)
      throws IOException {
    try {
      return new BuiltZtoc(options, compression, toc, spans, spool, layerDigest, diffId);
    } catch (FlatWriter.ZtocTooLargeException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private void writeZinfo(OutputStream out) throws IOException {
    out.write(
        ByteBuffer.allocate(ZinfoLayout.HEADER_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(spool.count())
            .putLong(spanSizeBytes)
            .array());
    spool.writeTo(out);
  }

  /// The digest of the zTOC's own bytes.
  public byte[] digest() {
    return digest.clone();
  }

  /// The size of the zTOC.
  public long sizeBytes() {
    return flatbuffer.sizeBytes();
  }

  /// The digest of the layer as stored.
  public byte[] layerDigest() {
    return layerDigest.clone();
  }

  /// The size of the layer as stored.
  public long layerSizeBytes() {
    return spans.compressedSizeBytes();
  }

  /// The digest of all uncompressed bytes, as an image's configuration lists it.
  public byte[] diffId() {
    return diffId.clone();
  }

  public Compression compression() {
    return compression;
  }

  /// The file list, with every PAX record.
  public Toc toc() {
    return toc;
  }

  public SpanTable spans() {
    return spans;
  }

  /// Writes the zTOC; can be called more than once.
  public void writeTo(OutputStream out) throws IOException {
    flatbuffer.writeTo(out, this::writeZinfo);
  }

  /// Writes the zTOC to a new or replaced file.
  public void writeTo(Path file) throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 64 << 10)) {
      writeTo(out);
    }
  }

  @Override
  public void close() throws IOException {
    spool.close();
  }
}
