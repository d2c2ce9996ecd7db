package io.thaw.cli.extract;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.thaw.ztoc.Toc;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayDeque;
import java.util.Deque;

/// Finds the entry that has a file's bytes.
public final class EntryFinder {
  private static final int MAX_LINKS = 40;

  private EntryFinder() {}

  /// The regular file at `path`; hard links are followed. Of several entries with this name the
  /// last counts, as when the tar is unpacked.
  ///
  /// @param path with or without a leading slash
  /// @throws IOException if there is none, or it is something without bytes; the message says what
  public static int regularFile(Toc toc, String path) throws IOException {
    int entry = last(toc, new String(path.getBytes(UTF_8), ISO_8859_1));
    for (int links = 0; links < MAX_LINKS; links++) {
      if (entry < 0) {
        throw new NoSuchFileException(path, null, "no such file in this layer");
      }
      switch (toc.type(entry)) {
        case REG -> {
          requireWhole(toc, entry, path);
          return entry;
        }
        case HARDLINK -> entry = last(toc, new String(toc.linkName(entry), ISO_8859_1));
        case SYMLINK ->
            throw new IOException(
                path + " is a symbolic link to " + new String(toc.linkName(entry), UTF_8));
        case DIR -> throw new IOException(path + " is a directory");
        case CHAR, BLOCK, FIFO ->
            throw new IOException(
                path + " has no bytes, its type is " + toc.type(entry).wireName());
      }
    }
    throw new IOException(path + " is a hard link that leads nowhere");
  }

  /// GNU tar's sparse files hold a map and their data without the holes.
  private static void requireWhole(Toc toc, int entry, String path) throws IOException {
    if (toc.paxRecords(entry).stream().anyMatch(r -> r.key().startsWith("GNU.sparse."))) {
      throw new IOException(path + " is stored as a sparse file, which cannot be taken out alone");
    }
  }

  private static int last(Toc toc, String wanted) {
    String clean = clean(wanted);
    for (int entry = toc.count() - 1; entry >= 0; entry--) {
      if (clean(new String(toc.name(entry), ISO_8859_1)).equals(clean)) {
        return entry;
      }
    }
    return -1;
  }

  private static String clean(String path) {
    Deque<String> parts = new ArrayDeque<>();
    for (String part : path.split("/", -1)) {
      switch (part) {
        case "", "." -> {}
        case ".." -> parts.pollLast();
        default -> parts.addLast(part);
      }
    }
    return String.join("/", parts);
  }
}
