package io.thaw.daemon.fetch;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// The compressed bytes of one span, unverified: in memory, or in a file when there are too many.
public sealed interface SpanBytes {

  /// How many bytes.
  long length();

  /// Opens the bytes from the first one on; may be called again.
  InputStream open() throws IOException;

  /// Gives up the storage.
  void discard();

  /// Bytes in memory.
  final class InMemory implements SpanBytes {
    private final byte[] bytes;

    /// The array is taken over, not copied.
    public InMemory(byte[] bytes) {
      this.bytes = bytes;
    }

    /// The bytes themselves, not a copy.
    public byte[] bytes() {
      return bytes;
    }

    @Override
    public long length() {
      return bytes.length;
    }

    @Override
    public InputStream open() {
      return new ByteArrayInputStream(bytes);
    }

    @Override
    public void discard() {}
  }

  /// Bytes in a temporary file.
  record InFile(Path file, long length) implements SpanBytes {
    @Override
    public InputStream open() throws IOException {
      return Files.newInputStream(file);
    }

    @Override
    public void discard() {
      // The file lies in the layer's directory, where a leftover is found and removed at the next
      // start.
      file.toFile().delete();
    }
  }
}
