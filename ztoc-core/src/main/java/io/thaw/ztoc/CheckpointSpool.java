package io.thaw.ztoc;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// Checkpoint records waiting to become part of a zTOC: in memory while they are few, then in a
/// temporary file that vanishes on close.
final class CheckpointSpool implements AutoCloseable {
  private static final int MAX_BYTES_IN_MEMORY = 8 << 20;

  private final Path directory;
  private final ByteBuffer record =
      ByteBuffer.allocate(ZinfoLayout.CHECKPOINT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final ByteArrayOutputStream memory = new ByteArrayOutputStream();
  private @Nullable FileChannel file;
  private int count;

  CheckpointSpool(Path directory) {
    this.directory = directory;
  }

  int count() {
    return count;
  }

  /// The size of all records.
  long sizeBytes() {
    return (long) count * ZinfoLayout.CHECKPOINT_BYTES;
  }

  void append(long in, long out, int bits, byte[] buffer, int windowOffset) throws IOException {
    record.clear().putLong(in).putLong(out).put((byte) bits);
    record.put(buffer, windowOffset, ZinfoLayout.WINDOW_BYTES).flip();
    count++;
    if (file == null && memory.size() + record.limit() <= MAX_BYTES_IN_MEMORY) {
      memory.write(record.array(), 0, record.limit());
      return;
    }
    if (file == null) {
      file = openFile();
      writeFully(file, ByteBuffer.wrap(memory.toByteArray()));
      memory.reset();
    }
    writeFully(file, record);
  }

  private FileChannel openFile() throws IOException {
    Path path = Files.createTempFile(directory, "thaw-checkpoints-", ".tmp");
    return FileChannel.open(
        path,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE,
        StandardOpenOption.DELETE_ON_CLOSE);
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /// Writes all records, in order.
  void writeTo(OutputStream out) throws IOException {
    memory.writeTo(out);
    if (file == null) {
      return;
    }
    ByteBuffer piece = ByteBuffer.allocate(256 << 10);
    long position = 0;
    while (position < file.size()) {
      int read = file.read(piece.clear(), position);
      if (read < 0) {
        throw new IOException("The file of spilled checkpoints in " + directory + " was cut short");
      }
      out.write(piece.array(), 0, read);
      position += read;
    }
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }
}
