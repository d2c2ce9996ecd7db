package io.thaw.daemon.layer;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.ReentrantLock;

/// Which spans of a layer are in its tree: the content of `layers/<n>/spans`.
///
/// The file is written with every span, after the span's bytes, and never synced: it survives the
/// daemon, whose writes are in the kernel's hands, but says nothing once the host itself crashed.
/// So it carries the boot in which it was written and counts for nothing in another one.
///
/// Layout, big-endian: 8 bytes `THAWSPAN`, 4 bytes version 1, 4 bytes span count, 48 bytes boot id
/// padded with zeros, then 64-bit words, span `i` being bit `i % 64` of word `i / 64`.
///
/// Reads are lock-free.
final class SpanBitmap implements AutoCloseable {
  private static final byte[] MAGIC = "THAWSPAN".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION = 1;
  private static final int BOOT_BYTES = 48;
  private static final int HEADER_BYTES = 8 + 4 + 4 + BOOT_BYTES;

  private final int count;
  private final AtomicLongArray words;
  private final AtomicInteger present;
  private final RandomAccessFile file;
  private final ReentrantLock lock = new ReentrantLock();

  private SpanBitmap(int count, AtomicLongArray words, RandomAccessFile file) {
    this.count = count;
    this.words = words;
    this.file = file;
    int bits = 0;
    for (int i = 0; i < words.length(); i++) {
      bits += Long.bitCount(words.get(i));
    }
    present = new AtomicInteger(bits);
  }

  /// The id of this boot of the host.
  static String currentBoot() throws IOException {
    return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
  }

  /// Whether the file says anything for a layer of `count` spans in this boot.
  static boolean trusted(Path path, int count, String boot) throws IOException {
    if (!Files.exists(path) || Files.size(path) != sizeBytes(count)) {
      return false;
    }
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
      byte[] header = new byte[HEADER_BYTES];
      file.readFully(header);
      return Arrays.equals(header, header(count, boot));
    }
  }

  /// The boot in which the file was written; empty if it cannot be told.
  static String bootOf(Path path) throws IOException {
    if (Files.size(path) < HEADER_BYTES) {
      return "";
    }
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
      byte[] header = new byte[HEADER_BYTES];
      file.readFully(header);
      return new String(header, HEADER_BYTES - BOOT_BYTES, BOOT_BYTES, StandardCharsets.US_ASCII)
          .replace("\0", "");
    }
  }

  /// Makes a file with no span present, and puts it in the place of one that may still be in use.
  static SpanBitmap create(Path path, int count, String boot) throws IOException {
    // Every byte is written: a full disk is to be noticed now, not with the last span.
    ByteBuffer content = ByteBuffer.allocate(Math.toIntExact(sizeBytes(count)));
    content.put(header(count, boot));
    Path fresh = path.resolveSibling(path.getFileName() + ".tmp");
    Files.write(fresh, content.array());
    Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    return new SpanBitmap(
        count, new AtomicLongArray(wordCount(count)), new RandomAccessFile(path.toFile(), "rw"));
  }

  /// Opens a {@link #trusted} file.
  static SpanBitmap open(Path path, int count) throws IOException {
    ByteBuffer content = ByteBuffer.wrap(Files.readAllBytes(path));
    AtomicLongArray words = new AtomicLongArray(wordCount(count));
    for (int i = 0; i < words.length(); i++) {
      words.set(i, content.getLong(HEADER_BYTES + 8 * i));
    }
    return new SpanBitmap(count, words, new RandomAccessFile(path.toFile(), "rw"));
  }

  private static int wordCount(int count) {
    return (int) (((long) count + 63) / 64);
  }

  private static long sizeBytes(int count) {
    return HEADER_BYTES + 8L * wordCount(count);
  }

  private static byte[] header(int count, String boot) {
    byte[] id = boot.getBytes(StandardCharsets.US_ASCII);
    if (id.length > BOOT_BYTES) {
      throw new IllegalArgumentException("boot id '" + boot + "' is longer than " + BOOT_BYTES);
    }
    return ByteBuffer.allocate(HEADER_BYTES)
        .put(MAGIC)
        .putInt(VERSION)
        .putInt(count)
        .put(id)
        .array();
  }

  /// Whether the span is in the tree.
  boolean isPresent(int span) {
    return (words.get(span >>> 6) & 1L << span) != 0;
  }

  /// Whether all of `[first, end)` are.
  boolean arePresent(int first, int end) {
    for (int span = first; span < end; span++) {
      if (!isPresent(span)) {
        return false;
      }
    }
    return true;
  }

  int count() {
    return count;
  }

  int presentCount() {
    return present.get();
  }

  boolean isComplete() {
    return present.get() == count;
  }

  /// Marks the span present; its bytes have been written.
  void markPresent(int span) throws IOException {
    int word = span >>> 6;
    lock.lock();
    try {
      long before = words.get(word);
      long after = before | 1L << span;
      if (after != before) {
        file.seek(HEADER_BYTES + 8L * word);
        file.writeLong(after);
        words.set(word, after);
        present.incrementAndGet();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
