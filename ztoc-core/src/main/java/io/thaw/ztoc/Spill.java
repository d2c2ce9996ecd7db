package io.thaw.ztoc;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Bytes that wait to become part of a zTOC. Memory holds the newest ones, up to a bound; older
/// ones go to a temporary file that has no name and vanishes on close, or with the process.
///
/// Not safe for use by more than one thread.
final class Spill implements AutoCloseable {
  private static final int LEAST_CAPACITY = 16 << 10;
  private static final int COPY_BYTES = 256 << 10;

  private final Path directory;
  private final int maxBytesInMemory;

  /// What stands behind the bytes of the file.
  private byte[] memory = new byte[0];

  private int inMemory;
  private long inFile;
  private @Nullable FileChannel file;

  /// @param directory where the temporary file is made when one is needed
  Spill(Path directory, int maxBytesInMemory) {
    this.directory = directory;
    this.maxBytesInMemory = maxBytesInMemory;
  }

  long sizeBytes() {
    return inFile + inMemory;
  }

  void append(byte[] src, int offset, int length) throws IOException {
    if (length > memory.length - inMemory) {
      makeRoom(length);
    }
    if (length > memory.length) {
      writeToFile(src, offset, length);
    } else {
      System.arraycopy(src, offset, memory, inMemory, length);
      inMemory += length;
    }
  }

  private void makeRoom(int length) throws IOException {
    long needed = (long) inMemory + length;
    if (needed <= maxBytesInMemory) {
      long capacity = Math.max(LEAST_CAPACITY, Math.max(needed, memory.length * 2L));
      memory = Arrays.copyOf(memory, (int) Math.min(maxBytesInMemory, capacity));
      return;
    }
    if (inMemory > 0) {
      writeToFile(memory, 0, inMemory);
      inMemory = 0;
    }
  }

  private void writeToFile(byte[] src, int offset, int length) throws IOException {
    try {
      FileChannel channel = file;
      if (channel == null) {
        channel = openFile();
        file = channel;
      }
      ByteBuffer bytes = ByteBuffer.wrap(src, offset, length);
      while (bytes.hasRemaining()) {
        inFile += channel.write(bytes, inFile);
      }
    } catch (IOException e) {
      throw new IOException(
          "Tried to keep "
              + (inFile + length)
              + " bytes of a zTOC in a temporary file in "
              + directory
              + " but failed: "
              + e.getMessage()
              + "; free some space there or choose another directory",
          e);
    }
  }

  private FileChannel openFile() throws IOException {
    Path path = Files.createTempFile(directory, "thaw-ztoc-", ".tmp");
    return FileChannel.open(
        path,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE,
        StandardOpenOption.DELETE_ON_CLOSE);
  }

  /// Fills `dst` with the `length` bytes from `position`, all of which must be there.
  void read(long position, byte[] dst, int offset, int length) throws IOException {
    int fromFile = (int) Math.min(length, Math.max(0, inFile - position));
    if (file != null && fromFile > 0) {
      ByteBuffer bytes = ByteBuffer.wrap(dst, offset, fromFile);
      while (bytes.hasRemaining()) {
        if (file.read(bytes, position + bytes.position() - offset) < 0) {
          throw new IOException("A temporary file in " + directory + " was cut short");
        }
      }
    }
    int from = (int) Math.max(0, position - inFile);
    System.arraycopy(memory, from, dst, offset + fromFile, length - fromFile);
  }

  /// Drops all bytes from `sizeBytes` on, and the disk space they took.
  void truncate(long sizeBytes) throws IOException {
    if (sizeBytes >= inFile) {
      inMemory = (int) (sizeBytes - inFile);
      return;
    }
    if (file != null) {
      file.truncate(sizeBytes);
    }
    inFile = sizeBytes;
    inMemory = 0;
  }

  /// Writes the `length` bytes from `position`.
  void writeTo(OutputStream out, long position, long length) throws IOException {
    byte[] piece = new byte[(int) Math.min(COPY_BYTES, length)];
    long end = position + length;
    for (long at = position; at < end; at += piece.length) {
      int count = (int) Math.min(piece.length, end - at);
      read(at, piece, 0, count);
      out.write(piece, 0, count);
    }
  }

  @Override
  public void close() throws IOException {
    memory = new byte[0];
    inMemory = 0;
    if (file != null) {
      file.close();
    }
  }
}
