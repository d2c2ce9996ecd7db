package io.thaw.cli.analyze.scan;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// An ELF string table.
final class ElfStrings {
  private static final int MAX_STRING = 4096;

  private final byte[] bytes;
  private final int length;

  /// @param length how much of `bytes` is the table
  ElfStrings(byte[] bytes, int length) {
    this.bytes = bytes;
    this.length = length;
  }

  /// The string at an offset; none outside the table, or if it is empty or absurdly long.
  Optional<String> at(long offset) {
    if (offset < 0 || offset >= length) {
      return Optional.empty();
    }
    int start = (int) offset;
    int end = start;
    while (end < length && end - start <= MAX_STRING && bytes[end] != 0) {
      end++;
    }
    return end == start || end == length || end - start > MAX_STRING
        ? Optional.empty()
        : Optional.of(new String(bytes, start, end - start, StandardCharsets.UTF_8));
  }

  List<String> all(List<Long> offsets) {
    List<String> found = new ArrayList<>();
    offsets.forEach(offset -> at(offset).ifPresent(found::add));
    return found;
  }
}
