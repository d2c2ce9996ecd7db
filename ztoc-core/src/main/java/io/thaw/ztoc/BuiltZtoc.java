package io.thaw.ztoc;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;

/// A finished zTOC, and what was learnt about the layer on the way. Close it to drop spilled
/// windows.
///
/// Digests are raw SHA-256 values. Not safe for use by more than one thread.
@SuppressWarnings("DoNotCallSuggester")
public final class BuiltZtoc implements AutoCloseable {
  BuiltZtoc() {}

  /// The digest of the zTOC's own bytes.
  public byte[] digest() {
    throw new UnsupportedOperationException("not there yet");
  }

  public long sizeBytes() {
    throw new UnsupportedOperationException("not there yet");
  }

  /// The digest of the layer as stored.
  public byte[] layerDigest() {
    throw new UnsupportedOperationException("not there yet");
  }

  public long layerSizeBytes() {
    throw new UnsupportedOperationException("not there yet");
  }

  /// The digest of the uncompressed tar.
  public byte[] diffId() {
    throw new UnsupportedOperationException("not there yet");
  }

  public Compression compression() {
    throw new UnsupportedOperationException("not there yet");
  }

  public Toc toc() {
    throw new UnsupportedOperationException("not there yet");
  }

  public SpanTable spans() {
    throw new UnsupportedOperationException("not there yet");
  }

  /// Writes the zTOC; can be called more than once.
  public void writeTo(OutputStream out) throws IOException {
    throw new UnsupportedOperationException("not there yet");
  }

  /// Writes the zTOC to a new or replaced file.
  public void writeTo(Path file) throws IOException {
    throw new UnsupportedOperationException("not there yet");
  }

  @Override
  public void close() {}
}
