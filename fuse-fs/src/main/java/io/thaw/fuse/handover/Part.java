package io.thaw.fuse.handover;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a message in a keeper's queue says: `thaw-keeper 1 GENERATION INDEX COUNT`, then a line for
/// each name.
///
/// @param generation of the snapshot, or of the one it adds to
/// @param index from 1 in the snapshot's parts; 0 for an addition
/// @param count how many parts the snapshot has; 0 for an addition
/// @param names in the order of the message's descriptors
record Part(long generation, int index, int count, List<String> names) {
  private static final String MAGIC = "thaw-keeper";
  private static final String VERSION = "1";

  boolean isAddition() {
    return index == 0;
  }

  byte[] bytes() {
    StringBuilder text =
        new StringBuilder(MAGIC)
            .append(' ')
            .append(VERSION)
            .append(' ')
            .append(generation)
            .append(' ')
            .append(index)
            .append(' ')
            .append(count);
    names.forEach(name -> text.append('\n').append(name));
    return text.toString().getBytes(StandardCharsets.US_ASCII);
  }

  /// What a message says; null if it is none of ours, or of another version.
  static @Nullable Part of(byte[] bytes) {
    String[] lines = new String(bytes, StandardCharsets.US_ASCII).split("\n", -1);
    String[] head = lines[0].split(" ", -1);
    if (head.length != 5 || !head[0].equals(MAGIC) || !head[1].equals(VERSION)) {
      return null;
    }
    try {
      return new Part(
          Long.parseLong(head[2]),
          Integer.parseInt(head[3]),
          Integer.parseInt(head[4]),
          Arrays.asList(lines).subList(1, lines.length));
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
