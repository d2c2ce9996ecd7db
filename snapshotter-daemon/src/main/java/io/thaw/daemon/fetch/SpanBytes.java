package io.thaw.daemon.fetch;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The compressed bytes of one span, unverified: in memory, or in a file when there are too many.
public sealed interface SpanBytes {

  /// How many bytes.
  long length();

  /// Opens the bytes from the first one on; may be called again.
  InputStream open() throws IOException;

  /// Gives up the storage: nobody reads the bytes from then on.
  void discard();

  /// Bytes in memory.
  final class InMemory implements SpanBytes {
    private final byte[] buffer;
    private final int length;
    private final Consumer<byte[]> reuse;
    private boolean discarded;

    /// The array is taken over, not copied.
    public InMemory(byte[] bytes) {
      this(bytes, bytes.length, _ -> {});
    }

    /// @param buffer holds the bytes from its start on
    /// @param reuse takes the buffer when the bytes are given up
    InMemory(byte[] buffer, int length, Consumer<byte[]> reuse) {
      this.buffer = buffer;
      this.length = length;
      this.reuse = reuse;
    }

    /// Holds the bytes, from its start on; not a copy.
    public byte[] buffer() {
      return buffer;
    }

    @Override
    public long length() {
      return length;
    }

    @Override
    public InputStream open() {
      return new ByteArrayInputStream(buffer, 0, length);
    }

    @Override
    public void discard() {
      if (!discarded) {
        discarded = true;
        reuse.accept(buffer);
      }
    }
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

    private final byte[] buffer;
    private final int length;
    private final Consumer<byte[]> reuse;
    private boolean discarded;
    private final Source source;
    private final Runnable whenComplete;
    private int arrived;
    private @Nullable IOException failure;

    /// @param whenComplete is run once, with the last byte
    public Arriving(int length, Source source, Runnable whenComplete) {
      this(new byte[length], length, source, whenComplete, _ -> {});
    }

    /// @param buffer for the bytes, from its start on
    /// @param reuse takes the buffer when the bytes are given up
    Arriving(
        byte[] buffer, int length, Source source, Runnable whenComplete, Consumer<byte[]> reuse) {
      this.buffer = buffer;
      this.length = length;
      this.reuse = reuse;
      this.source = source;
      this.whenComplete = whenComplete;
    }

    /// Waits for all of them.
    ///
    /// @return holds the bytes, from its start on; not a copy
    public byte[] complete() throws IOException {
      while (arrived < length) {
        more();
      }
      return buffer;
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
        arrived += source.read(buffer, arrived, length - arrived);
      } catch (IOException e) {
        failure = e;
        throw e;
      }
      if (arrived == length) {
        whenComplete.run();
      }
    }

    @Override
    public long length() {
      return length;
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
        public int read(byte[] dst, int offset, int most) throws IOException {
          if (position == length) {
            return -1;
          }
          if (position == arrived) {
            more();
          }
          int count = Math.min(most, arrived - position);
          System.arraycopy(buffer, position, dst, offset, count);
          position += count;
          return count;
        }
      };
    }

    @Override
    public void discard() {
      if (!discarded) {
        discarded = true;
        reuse.accept(buffer);
      }
    }
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
