package io.thaw.daemon.layer;

import com.github.luben.zstd.ZstdInputStream;
import io.thaw.daemon.fetch.BlobSource;
import io.thaw.fuse.sys.Linux;
import io.thaw.fuse.sys.LinuxException;
import io.thaw.fuse.sys.Trees;
import io.thaw.registry.Digest;
import io.thaw.ztoc.EntryType;
import io.thaw.ztoc.PaxRecord;
import io.thaw.ztoc.Toc;
import io.thaw.ztoc.TocBuilder;
import io.thaw.ztoc.TocEntry;
import io.thaw.ztoc.ZtocLimits;
import io.thaw.ztoc.inflate.InflateTarget;
import io.thaw.ztoc.inflate.Inflater;
import io.thaw.ztoc.tar.TarEntry;
import io.thaw.ztoc.tar.TarParser;
import io.thaw.ztoc.tree.LayerTree;
import io.thaw.ztoc.zstd.FrameReader;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Fetches a layer whole and unpacks it in one pass, by the same writer and finisher as a lazy one.
///
/// While the bytes stream by, the entries are collected into a table of contents and every file's
/// data goes to a file named by its entry's number, because only the end of the tar tells which of
/// several entries of one name stays. Then the table becomes a {@link LayerTree} and the files are
/// moved to their names. Used once, by one thread.
final class Unpacker implements InflateTarget, DataWriter.Files {
  private static final int PIECE = 1 << 16;
  private static final long MAX_TAR_BYTES = 1L << 40;
  private static final int MAX_ENTRIES = ZtocLimits.DEFAULT.maxEntries();

  private final LayerPaths paths;
  private final TocBuilder toc = Toc.builder();
  private final TocEntry row = new TocEntry();
  private final TarParser parser = new TarParser(this::entry);
  private final DataWriter writer = new DataWriter(this);
  private final @Nullable MessageDigest tarDigest;
  private final @Nullable Digest diffId;
  private long[] starts = new long[1024];
  private long[] sizes = new long[1024];
  private int[] entries = new int[1024];
  private int fileCount;
  private int dataFd = -1;

  Unpacker(LayerPaths paths, @Nullable Digest diffId) {
    this.paths = paths;
    this.diffId = diffId;
    tarDigest = diffId == null ? null : diffId.newMessageDigest();
  }

  /// Fetches, verifies and unpacks.
  ///
  /// @return disk usage of the finished tree
  LayerUsage unpack(BlobSource source, Digest layerDigest) throws IOException {
    Files.createDirectories(paths.data());
    dataFd = openDirectory(paths.data());
    try (writer) {
      MessageDigest digest = layerDigest.newMessageDigest();
      try (InputStream in = new DigestInputStream(source.openWhole(), digest)) {
        decompress(new BufferedInputStream(in, PIECE));
        in.transferTo(OutputStream.nullOutputStream());
      }
      DurableFiles.check(layerDigest, digest);
      parser.finish();
      if (diffId != null && tarDigest != null) {
        DurableFiles.check(diffId, tarDigest);
      }
      writer.close();
      return moveIntoPlace();
    } catch (LinuxException e) {
      throw DiskErrors.explained(e, paths.directory());
    } finally {
      Linux.close(dataFd);
    }
  }

  private static int openDirectory(Path directory) throws IOException {
    byte[] path = directory.toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8);
    return Linux.openat(Linux.AT_FDCWD, path, Linux.O_RDONLY | Linux.O_DIRECTORY, 0);
  }

  private void decompress(InputStream in) throws IOException {
    in.mark(4);
    byte[] magic = in.readNBytes(4);
    in.reset();
    if (magic.length >= 2 && magic[0] == 0x1f && magic[1] == (byte) 0x8b) {
      new Inflater().inflateAll(in, Long.MAX_VALUE, MAX_TAR_BYTES, this);
    } else if (FrameReader.isFrame(magic)) {
      // What follows the last frame is still to be digested.
      InputStream kept =
          new FilterInputStream(in) {
            @Override
            public void close() {}
          };
      try (ZstdInputStream plain = new ZstdInputStream(kept)) {
        copy(plain);
      }
    } else {
      copy(in);
    }
  }

  private void copy(InputStream in) throws IOException {
    byte[] buffer = new byte[PIECE];
    long position = 0;
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      uncompressed(position, buffer, 0, n);
      position += n;
    }
  }

  @Override
  public void uncompressed(long uncompressedOffset, byte[] buffer, int offset, int length)
      throws IOException {
    if (uncompressedOffset > MAX_TAR_BYTES - length) {
      throw new IOException("the layer unpacks to more than " + MAX_TAR_BYTES + " bytes");
    }
    if (tarDigest != null) {
      tarDigest.update(buffer, offset, length);
    }
    parser.accept(buffer, offset, length);
    writer.accept(uncompressedOffset, buffer, offset, length);
  }

  private void entry(TarEntry entry) throws IOException {
    int number = toc.count();
    if (number >= MAX_ENTRIES) {
      throw new IOException("the layer has more than " + MAX_ENTRIES + " entries");
    }
    EntryType type = type(entry.typeFlag());
    toc.add(
        row.name(entry.name())
            .type(type)
            .dataOffset(entry.dataOffset())
            .sizeBytes(entry.sizeBytes())
            .linkName(entry.linkName())
            .mode(entry.mode())
            .owner((int) entry.uid(), (int) entry.gid())
            .ownerNames(entry.userName(), entry.groupName())
            .mtime(entry.mtimeSeconds(), entry.mtimeNanos())
            .device(entry.deviceMajor(), entry.deviceMinor())
            .paxRecords(records(entry)));
    if (type == EntryType.REG && entry.sizeBytes() > 0) {
      addFile(number, entry.dataOffset(), entry.sizeBytes());
    }
  }

  private static List<PaxRecord> records(TarEntry entry) {
    List<PaxRecord> records = new ArrayList<>(entry.paxRecords().size());
    for (Map.Entry<byte[], byte[]> record : entry.paxRecords().entrySet()) {
      records.add(new PaxRecord(record.getKey(), record.getValue()));
    }
    return records;
  }

  private static EntryType type(byte flag) throws IOException {
    return switch (flag) {
      case '0' -> EntryType.REG;
      case '1' -> EntryType.HARDLINK;
      case '2' -> EntryType.SYMLINK;
      case '3' -> EntryType.CHAR;
      case '4' -> EntryType.BLOCK;
      case '5' -> EntryType.DIR;
      case '6' -> EntryType.FIFO;
      default -> throw new IOException("the layer has an entry of type " + (flag & 0xff));
    };
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
    return TreeFiles.openForWriting(dataFd, dataName(entries[index]));
  }

  private static byte[] dataName(int entry) {
    return Integer.toString(entry).getBytes(StandardCharsets.US_ASCII);
  }

  private LayerUsage moveIntoPlace() throws IOException {
    LayerTree tree = LayerTree.of(toc.build());
    LayerUsage usage;
    try (TreeFiles files = TreeFiles.open(tree, paths.tree())) {
      TreeFinisher finisher =
          new TreeFinisher(
              files,
              (node, directory, name) -> Linux.renameat(dataFd, dataName(node), directory, name));
      usage = finisher.finish();
    }
    // What was replaced by a later entry is left.
    Trees.delete(paths.data());
    return usage;
  }
}
