package io.thaw.ztoc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The file list between the pass over the layer, which finds entries first to last, and the
/// flatbuffer, which wants them last to first. Few entries stay in memory; many wait in a temporary
/// file, which shrinks as they are taken.
///
/// A record is smaller than what the zTOC has for the entry: numbers are of variable length (seven
/// bits per byte, lowest first), byte strings stand behind their length. Behind each record stand
/// four bytes with its length.
final class EntrySpool implements AutoCloseable {
  static final int MAX_BYTES_IN_MEMORY = 4 << 20;
  private static final int BLOCK_BYTES = 256 << 10;
  private static final int LENGTH_BYTES = 4;
  private static final int MAX_NUMBER_BYTES = 10;

  private final Spill records;
  private int count;

  /// A record on its way in, or on its way out.
  private byte[] record = new byte[1024];

  private int at;

  /// The last records, which have been read back.
  private byte[] block = new byte[0];

  private long blockStart;
  private int blockEnd;
  private boolean taking;

  EntrySpool(Path directory) {
    records = new Spill(directory, MAX_BYTES_IN_MEMORY);
  }

  /// How many entries are here.
  int count() {
    return count;
  }

  /// Adds a copy of `entry`.
  void append(TocEntry entry) throws IOException {
    at = 0;
    reserve(MAX_NUMBER_BYTES * 12);
    record[at++] = entry.type.tarFlag();
    putNumber(entry.dataOffset);
    putNumber(entry.sizeBytes);
    putNumber(entry.mode);
    putNumber(entry.uid & 0xffff_ffffL);
    putNumber(entry.gid & 0xffff_ffffL);
    putNumber(entry.mtimeSeconds);
    putNumber(entry.mtimeNanos);
    putNumber(entry.deviceMajor);
    putNumber(entry.deviceMinor);
    putBytes(entry.name);
    putBytes(entry.linkName);
    putBytes(entry.userName);
    putBytes(entry.groupName);
    putNumber(entry.paxRecords.size());
    for (PaxRecord pax : entry.paxRecords) {
      putBytes(pax.keyBytes());
      putBytes(pax.value());
    }
    reserve(LENGTH_BYTES);
    ByteBuffer.wrap(record).putInt(at, at);
    records.append(record, 0, at + LENGTH_BYTES);
    count++;
  }

  private void reserve(int bytes) {
    if (bytes > record.length - at) {
      record = Arrays.copyOf(record, Math.addExact(at, Math.max(bytes, at)));
    }
  }

  private void putNumber(long value) {
    reserve(MAX_NUMBER_BYTES);
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      record[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    record[at++] = (byte) rest;
  }

  private void putBytes(byte[] value) {
    putNumber(value.length);
    reserve(value.length);
    System.arraycopy(value, 0, record, at, value.length);
    at += value.length;
  }

  /// Takes the last entry out of here and into `entry`. Nothing can be added after this.
  ///
  /// @return false if there is none
  boolean takeLast(TocEntry entry) throws IOException {
    if (count == 0) {
      return false;
    }
    if (!taking) {
      taking = true;
      blockStart = records.sizeBytes();
      blockEnd = 0;
    }
    need(LENGTH_BYTES);
    int length = ByteBuffer.wrap(block).getInt(blockEnd - LENGTH_BYTES);
    need(length + LENGTH_BYTES);
    blockEnd -= length + LENGTH_BYTES;
    count--;
    at = blockEnd;
    read(entry);
    return true;
  }

  /// Has at least `length` bytes in the block.
  private void need(int length) throws IOException {
    if (blockEnd >= length) {
      return;
    }
    long end = blockStart + blockEnd;
    records.truncate(end);
    blockStart = Math.max(0, end - Math.max(length, BLOCK_BYTES));
    blockEnd = (int) (end - blockStart);
    if (block.length < blockEnd) {
      block = new byte[blockEnd];
    }
    records.read(blockStart, block, 0, blockEnd);
  }

  private void read(TocEntry entry) {
    EntryType type = EntryType.ofKnownTarFlag(block[at++]);
    entry.type(type).dataOffset(number()).sizeBytes(number()).mode(number());
    entry.owner((int) number(), (int) number());
    entry.mtime(number(), (int) number());
    entry.device(number(), number());
    entry.name(bytes()).linkName(bytes()).ownerNames(bytes(), bytes());
    int paxCount = (int) number();
    List<PaxRecord> paxRecords = paxCount == 0 ? List.of() : new ArrayList<>(paxCount);
    for (int i = 0; i < paxCount; i++) {
      paxRecords.add(new PaxRecord(bytes(), bytes()));
    }
    entry.paxRecords(paxRecords);
  }

  private long number() {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = block[at++];
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }

  private byte[] bytes() {
    int length = (int) number();
    byte[] value = Arrays.copyOfRange(block, at, at + length);
    at += length;
    return value;
  }

  @Override
  public void close() throws IOException {
    records.close();
  }
}
