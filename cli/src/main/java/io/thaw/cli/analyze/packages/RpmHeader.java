package io.thaw.cli.analyze.packages;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The header of an installed rpm package as its database holds it: counts of index entries and
/// data bytes, then entries of tag, type, offset and count, then the data; all big-endian.
final class RpmHeader {
  private static final int NAME = 1000;
  private static final int VERSION = 1001;
  private static final int RELEASE = 1002;
  private static final int DIRECTORY_NUMBERS = 1116;
  private static final int BASE_NAMES = 1117;
  private static final int DIRECTORIES = 1118;
  private static final int ENTRY_BYTES = 16;

  private final ByteBuffer blob;
  private final int data;
  private final Map<Integer, Entry> entries = new HashMap<>();

  private record Entry(int offset, int count) {}

  private RpmHeader(ByteBuffer blob, int data) {
    this.blob = blob;
    this.data = data;
  }

  /// @throws IllegalArgumentException if the bytes are no header
  static RpmHeader of(byte[] bytes) {
    ByteBuffer blob = ByteBuffer.wrap(bytes);
    if (bytes.length < 8) {
      throw new IllegalArgumentException("a header of " + bytes.length + " bytes");
    }
    int count = blob.getInt(0);
    long data = 8 + (long) count * ENTRY_BYTES;
    if (count < 0 || data > bytes.length) {
      throw new IllegalArgumentException("a header with " + count + " entries");
    }
    RpmHeader header = new RpmHeader(blob, (int) data);
    for (int i = 0; i < count; i++) {
      int at = 8 + i * ENTRY_BYTES;
      header.entries.put(blob.getInt(at), new Entry(blob.getInt(at + 8), blob.getInt(at + 12)));
    }
    return header;
  }

  String name() {
    return first(NAME);
  }

  /// Version and release, joined by a dash.
  String version() {
    return first(VERSION) + "-" + first(RELEASE);
  }

  /// The absolute paths of the package's files.
  List<String> files() {
    List<String> names = texts(BASE_NAMES);
    List<String> directories = texts(DIRECTORIES);
    Entry numbers = entries.get(DIRECTORY_NUMBERS);
    List<String> files = new ArrayList<>(names.size());
    for (int i = 0; numbers != null && i < Math.min(names.size(), numbers.count); i++) {
      long at = (long) data + numbers.offset + 4L * i;
      if (at < data || at + 4 > blob.capacity()) {
        break;
      }
      int directory = blob.getInt((int) at);
      if (directory >= 0 && directory < directories.size()) {
        files.add(directories.get(directory) + names.get(i));
      }
    }
    return files;
  }

  private String first(int tag) {
    List<String> found = texts(tag);
    return found.isEmpty() ? "" : found.getFirst();
  }

  private List<String> texts(int tag) {
    Entry entry = entries.get(tag);
    List<String> found = new ArrayList<>();
    if (entry == null || entry.offset < 0) {
      return found;
    }
    long at = (long) data + entry.offset;
    for (int i = 0; i < entry.count && at < blob.capacity(); i++) {
      int start = (int) at;
      int end = start;
      while (end < blob.capacity() && blob.get(end) != 0) {
        end++;
      }
      byte[] text = new byte[end - start];
      blob.get(start, text);
      found.add(new String(text, UTF_8));
      at = end + 1L;
    }
    return found;
  }
}
