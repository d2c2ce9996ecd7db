package io.thaw.daemon.layer;

import io.thaw.fuse.sys.Linux;
import io.thaw.ztoc.Toc;
import io.thaw.ztoc.TocBuilder;
import io.thaw.ztoc.TocEntry;
import io.thaw.ztoc.TocListener;
import io.thaw.ztoc.ZtocLimits;
import io.thaw.ztoc.tar.TarEntry;
import io.thaw.ztoc.tar.TarParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;

/// Takes a layer's tar in order: collects its entries, writes its files' data, takes its digest.
///
/// Every file's data goes to a file named by its entry's number, because only the end of the tar
/// tells which of several entries of one name stays. Used once; every call may come from another
/// thread, one at a time.
final class TarWriter implements DataWriter.Files, AutoCloseable {
  private static final int MAX_ENTRIES = ZtocLimits.DEFAULT.maxEntries();

  private final TocListener listener;
  private final TocBuilder toc = Toc.builder();
  private final TocEntry row = new TocEntry();
  private final TarParser parser = new TarParser(this::entry);
  private final DataWriter writer = new DataWriter(this);
  private final MessageDigest digest;
  private final int directory;
  private final long maxBytes;
  private long[] starts = new long[1024];
  private long[] sizes = new long[1024];
  private int[] entries = new int[1024];
  private int fileCount;

  /// @param directory where the data goes, created if absent
  /// @param digest follows the tar's bytes
  /// @param maxBytes a tar that is longer is refused
  /// @param listener is told every entry
  TarWriter(Path directory, MessageDigest digest, long maxBytes, TocListener listener)
      throws IOException {
    this.digest = digest;
    this.maxBytes = maxBytes;
    this.listener = listener;
    Files.createDirectories(directory);
    this.directory = TreeFiles.openRoot(directory);
  }

  /// Takes the next bytes of the tar.
  void accept(long uncompressedOffset, byte[] buffer, int offset, int length) throws IOException {
    if (uncompressedOffset > maxBytes - length) {
      throw new IOException(
          "the layer unpacks to more than %d bytes, like a decompression bomb; nothing of it is used"
              .formatted(maxBytes));
    }
    digest.update(buffer, offset, length);
    parser.accept(buffer, offset, length);
    writer.accept(uncompressedOffset, buffer, offset, length);
  }

  private void entry(TarEntry entry) throws IOException {
    int number = toc.count();
    if (number >= MAX_ENTRIES) {
      throw new IOException("the layer has more than " + MAX_ENTRIES + " entries");
    }
    row.set(entry);
    toc.add(row);
    listener.entry(row);
    if (row.isRegular() && entry.sizeBytes() > 0) {
      addFile(number, entry.dataOffset(), entry.sizeBytes());
    }
  }

  private void addFile(int entry, long start, long size) {
    if (fileCount == entries.length) {
      starts = Arrays.copyOf(starts, 2 * fileCount);
      sizes = Arrays.copyOf(sizes, 2 * fileCount);
      entries = Arrays.copyOf(entries, 2 * fileCount);
    }
    starts[fileCount] = start;
    sizes[fileCount] = size;
    entries[fileCount++] = entry;
  }

  /// Ends the tar; only now are its digest and its entries complete.
  ///
  /// @throws IOException if the tar is cut short
  Toc finish() throws IOException {
    parser.finish();
    writer.close();
    return toc.build();
  }

  long archiveSizeBytes() {
    return parser.archiveSizeBytes();
  }

  /// Moves an entry's data to its name.
  void moveTo(int entry, int toDirectory, byte[] name) throws IOException {
    Linux.renameat(directory, dataName(entry), toDirectory, name);
  }

  @Override
  public int firstAt(long uncompressedOffset) {
    return 0;
  }

  @Override
  public boolean exists(int index) {
    return index < fileCount;
  }

  @Override
  public long start(int index) {
    return starts[index];
  }

  @Override
  public long size(int index) {
    return sizes[index];
  }

  @Override
  public int open(int index) throws IOException {
    return TreeFiles.openForWriting(directory, dataName(entries[index]));
  }

  @Override
  public void close(int index, int fd) throws IOException {
    Linux.close(fd);
  }

  private static byte[] dataName(int entry) {
    return Integer.toString(entry).getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void close() throws IOException {
    try (writer) {
      Linux.close(directory);
    }
  }
}
