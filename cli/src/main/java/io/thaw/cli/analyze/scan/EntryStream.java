package io.thaw.cli.analyze.scan;

import io.thaw.ztoc.EntryType;
import io.thaw.ztoc.Toc;
import io.thaw.ztoc.TocBuilder;
import io.thaw.ztoc.TocEntry;
import io.thaw.ztoc.tar.TarEntry;
import io.thaw.ztoc.tar.TarParser;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Cuts a tar that comes in pieces into entries and the contents of files.
///
/// The parser sees every piece first and names the entries whose headers lie in it; what lies
/// between them is then handed out. So a file's content is never copied.
final class EntryStream {
  private static final Map<Character, EntryType> TYPES =
      Map.of(
          '0', EntryType.REG,
          '1', EntryType.HARDLINK,
          '2', EntryType.SYMLINK,
          '3', EntryType.CHAR,
          '4', EntryType.BLOCK,
          '5', EntryType.DIR,
          '6', EntryType.FIFO);

  private final TarParser tar = new TarParser(this::entry);
  private final TocBuilder toc = Toc.builder();
  private final TocEntry row = new TocEntry();
  private final ArrayDeque<Content> pending = new ArrayDeque<>();
  private final FileSink sink;
  private final int maxEntries;
  private @Nullable Content current;

  EntryStream(FileSink sink, int maxEntries) {
    this.sink = sink;
    this.maxEntries = maxEntries;
  }

  /// A file whose content is still to come or under way.
  private static final class Content {
    private final int entry;
    private final byte[] name;
    private final long start;
    private final long end;

    Content(int entry, byte[] name, long start, long end) {
      this.entry = entry;
      this.name = name;
      this.start = start;
      this.end = end;
    }
  }

  /// Takes the next bytes of the tar, which start at `tarOffset`.
  void accept(long tarOffset, byte[] buffer, int offset, int length) throws IOException {
    tar.accept(buffer, offset, length);
    long end = tarOffset + length;
    while (true) {
      Content file = current == null ? startNext() : current;
      if (file == null) {
        return;
      }
      long from = Math.max(file.start, tarOffset);
      long to = Math.min(file.end, end);
      if (from < to) {
        sink.data(buffer, (int) (offset + from - tarOffset), (int) (to - from));
      }
      if (file.end > end) {
        return;
      }
      sink.end();
      current = null;
    }
  }

  private @Nullable Content startNext() throws IOException {
    Content next = pending.poll();
    current = next;
    if (next != null) {
      sink.begin(next.entry, next.name, next.end - next.start);
    }
    return next;
  }

  private void entry(TarEntry entry) throws IOException {
    EntryType type = TYPES.get((char) entry.typeFlag());
    if (type == null) {
      throw new IllegalStateException("the tar parser let type " + entry.typeFlag() + " through");
    }
    if (toc.count() == maxEntries) {
      throw new IOException("The layer has more than " + maxEntries + " entries");
    }
    if (type == EntryType.REG && entry.sizeBytes() > 0) {
      long start = entry.dataOffset();
      pending.add(new Content(toc.count(), entry.name(), start, start + entry.sizeBytes()));
    }
    toc.add(
        row.name(entry.name())
            .type(type)
            .dataOffset(entry.dataOffset())
            .sizeBytes(entry.sizeBytes())
            .linkName(entry.linkName())
            .mode(entry.mode()));
  }

  /// Says that the tar has no more bytes.
  ///
  /// @throws io.thaw.ztoc.tar.MalformedTarException if an entry is incomplete
  void finish() throws IOException {
    tar.finish();
  }

  /// The entries so far.
  Toc toc() {
    return toc.build();
  }

  long tarBytes() {
    return tar.archiveSizeBytes();
  }
}
