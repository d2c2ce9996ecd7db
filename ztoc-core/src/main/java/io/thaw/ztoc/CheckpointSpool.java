package io.thaw.ztoc;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/// Checkpoint records waiting to become part of a zTOC, in the form they have there.
final class CheckpointSpool implements AutoCloseable {
  static final int MAX_BYTES_IN_MEMORY = 4 << 20;

  private final Spill records;
  private final byte[] head = new byte[ZinfoLayout.RECORD_HEAD_BYTES];
  private final ByteBuffer headView = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
  private int count;

  CheckpointSpool(Path directory) {
    records = new Spill(directory, MAX_BYTES_IN_MEMORY);
  }

  int count() {
    return count;
  }

  /// The size of all records.
  long sizeBytes() {
    return records.sizeBytes();
  }

  void append(long in, long out, int bits, byte[] buffer, int windowOffset) throws IOException {
    headView.clear().putLong(in).putLong(out).put((byte) bits);
    records.append(head, 0, head.length);
    records.append(buffer, windowOffset, ZinfoLayout.WINDOW_BYTES);
    count++;
  }

  /// Writes all records, in order.
  void writeTo(OutputStream out) throws IOException {
    records.writeTo(out, 0, records.sizeBytes());
  }

  @Override
  public void close() throws IOException {
    records.close();
  }
}
