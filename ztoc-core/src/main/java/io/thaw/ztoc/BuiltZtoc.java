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
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A finished zTOC, and what was learnt about the layer on the way. Close it to drop what was
/// spilled to the disk.
///
/// Digests are raw SHA-256 values. Not safe for use by more than one thread.
public final class BuiltZtoc implements AutoCloseable {
  private final Compression compression;
  private final long spanSizeBytes;
  private final int entryCount;
  private final SpanTable spans;
  private final CheckpointSpool spool;
  private final byte[] layerDigest;
  private final byte @Nullable [] diffId;
  private final FlatWriter flatbuffer;
  private byte @Nullable [] digest;

  private BuiltZtoc(
      ZtocOptions options,
      Compression compression,
      EntrySpool entries,
      SpanTable spans,
      CheckpointSpool spool,
      byte[] layerDigest,
      byte @Nullable [] diffId)
      throws IOException {
    this.compression = compression;
    this.spanSizeBytes = options.spanSizeBytes();
    this.entryCount = entries.count();
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
        new ZtocWriter(options.spillDirectory())
            .write(options.buildTool(), compression, entries, spans, checkpoints);
  }

  /// @param entries empty afterwards, and still the caller's
  /// @param spool belongs to the result, unless this fails
  static BuiltZtoc assemble(
      ZtocOptions options,
      Compression compression,
      EntrySpool entries,
      SpanTable spans,
      CheckpointSpool spool,
      byte[] layerDigest,
      byte @Nullable [] diffId)
      throws IOException {
    try {
      return new BuiltZtoc(options, compression, entries, spans, spool, layerDigest, diffId);
    } catch (FlatWriter.ZtocTooLargeException e) {
      throw new LayerLimitException(String.valueOf(e.getMessage()), e);
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

  /// The digest of the zTOC's own bytes. It is taken while the zTOC is written, and costs a pass
  /// over it if that has not been done.
  public byte[] digest() throws IOException {
    if (digest == null) {
      writeTo(OutputStream.nullOutputStream());
    }
    return Objects.requireNonNull(digest).clone();
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

  /// The digest of all uncompressed bytes, as an image's configuration lists it. Empty for a
  /// compressed layer unless [ZtocOptions#withDiffId] asked for it.
  public Optional<byte[]> diffId() {
    return Optional.ofNullable(diffId).map(byte[]::clone);
  }

  public Compression compression() {
    return compression;
  }

  /// How many files, directories and links the file list has. Whoever wants to see them passes a
  /// [TocListener] to the builder.
  public int entryCount() {
    return entryCount;
  }

  public SpanTable spans() {
    return spans;
  }

  /// Writes the zTOC; can be called more than once.
  public void writeTo(OutputStream out) throws IOException {
    if (digest != null) {
      flatbuffer.writeTo(out, this::writeZinfo);
      return;
    }
    MessageDigest sha256 = SpanDigests.newDigest();
    flatbuffer.writeTo(new DigestOutputStream(out, sha256), this::writeZinfo);
    digest = sha256.digest();
  }

  /// Writes the zTOC to a new or replaced file.
  public void writeTo(Path file) throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 64 << 10)) {
      writeTo(out);
    }
  }

  @Override
  public void close() throws IOException {
    try (spool) {
      flatbuffer.close();
    }
  }
}
