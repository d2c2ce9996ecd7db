package io.thaw.daemon.fetch;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

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

  /// Bytes in memory that are still arriving: who reads them waits for them. Used by one thread.
  final class Arriving implements SpanBytes {
    /// Where they come from.
    @FunctionalInterface
    public interface Source {
      /// Reads at least one byte into `dst` at `offset`, at most `length`.
      ///
      /// @throws IOException if no more come
      int read(byte[] dst, int offset, int length) throws IOException;
    }

    private final byte[] bytes;
    private final Source source;
    private final Runnable whenComplete;
    private int arrived;
    private @Nullable IOException failure;

    /// @param whenComplete is run once, with the last byte
    public Arriving(int length, Source source, Runnable whenComplete) {
      this.bytes = new byte[length];
      this.source = source;
      this.whenComplete = whenComplete;
    }

    /// Waits for all of them.
    ///
    /// @return the bytes themselves, not a copy
    public byte[] complete() throws IOException {
      while (arrived < bytes.length) {
        more();
      }
      return bytes;
    }

    /// Why no more came; null if that is not so.
    public @Nullable IOException failure() {
      return failure;
    }

    private void more() throws IOException {
      if (failure != null) {
        throw failure;
      }
      try {
        arrived += source.read(bytes, arrived, bytes.length - arrived);
      } catch (IOException e) {
        failure = e;
        throw e;
      }
      if (arrived == bytes.length) {
        whenComplete.run();
      }
    }

    @Override
    public long length() {
      return bytes.length;
    }

    @Override
    public InputStream open() {
      return new InputStream() {
        private int position;

        @Override
        public int read() throws IOException {
          byte[] one = new byte[1];
          return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] dst, int offset, int length) throws IOException {
          if (position == bytes.length) {
            return -1;
          }
          if (position == arrived) {
            more();
          }
          int count = Math.min(length, arrived - position);
          System.arraycopy(bytes, position, dst, offset, count);
          position += count;
          return count;
        }
      };
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
