package io.thaw.ztoc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;

/// Lays out a zTOC flatbuffer in the order in which SOCI does, so that the bytes are the same.
final class ZtocWriter {
  private static final int MAX_BYTES_IN_MEMORY = 4 << 20;
  private static final int POSITIONS_IN_MEMORY = 1 << 20;
  private static final int POSITIONS_PER_READ = 8192;

  private final Path spillDirectory;
  private final FlatWriter out;
  private final TocEntry row = new TocEntry();

  /// @param spillDirectory where bytes wait that are too many for memory
  ZtocWriter(Path spillDirectory) {
    this.spillDirectory = spillDirectory;
    this.out = new FlatWriter(new Spill(spillDirectory, MAX_BYTES_IN_MEMORY));
  }

  /// Where the checkpoints come from.
  sealed interface Checkpoints {
    /// Bytes to be put in when the zTOC is written out.
    record External(long sizeBytes) implements Checkpoints {}

    /// A plain tar of `sizeBytes` in spans of `spanSize`.
    record PlainTar(long spanSize, long sizeBytes) implements Checkpoints {}

    /// Groups of zstd frames, made for spans of `spanSize`.
    record Frames(long spanSize) implements Checkpoints {}
  }

  /// Lays out everything; the result is written with [FlatWriter#writeTo].
  ///
  /// @param entries empty afterwards
  FlatWriter write(
      String buildTool,
      Compression compression,
      EntrySpool entries,
      SpanTable spans,
      Checkpoints checkpoints)
      throws IOException {
    boolean done = false;
    try {
      layOut(buildTool, compression, entries, spans, checkpoints);
      done = true;
      return out;
    } finally {
      if (!done) {
        out.close();
      }
    }
  }

  private void layOut(
      String buildTool,
      Compression compression,
      EntrySpool entries,
      SpanTable spans,
      Checkpoints checkpoints)
      throws IOException {
    int version = out.string(ascii(ZtocSlots.VERSION));
    int tool = out.string(buildTool.getBytes(StandardCharsets.UTF_8));
    int tocTable = toc(entries);
    int info = info(compression, spans, checkpoints);
    out.startTable(ZtocSlots.Root.COUNT);
    out.addReference(ZtocSlots.Root.VERSION, version);
    out.addReference(ZtocSlots.Root.BUILD_TOOL, tool);
    out.addReference(ZtocSlots.Root.TOC, tocTable);
    out.addLong(ZtocSlots.Root.COMPRESSED_SIZE, spans.compressedSizeBytes());
    out.addLong(ZtocSlots.Root.UNCOMPRESSED_SIZE, spans.uncompressedSizeBytes());
    out.addReference(ZtocSlots.Root.COMPRESSION_INFO, info);
    out.finish(out.endTable());
  }

  private int toc(EntrySpool entries) throws IOException {
    int count = entries.count();
    int vector;
    try (Spill positions = new Spill(spillDirectory, POSITIONS_IN_MEMORY)) {
      byte[] position = new byte[4];
      ByteBuffer view = ByteBuffer.wrap(position);
      while (entries.takeLast(row)) {
        view.putInt(0, file(row));
        positions.append(position, 0, position.length);
      }
      vector = references(positions, count);
    }
    out.startTable(1);
    out.addReference(0, vector);
    return out.endTable();
  }

  /// Writes the references to files; their positions were found last to first, too.
  private int references(Spill positions, int count) throws IOException {
    byte[] block = new byte[POSITIONS_PER_READ * 4];
    ByteBuffer view = ByteBuffer.wrap(block);
    out.startReferences(count);
    for (int first = 0; first < count; first += POSITIONS_PER_READ) {
      int read = Math.min(POSITIONS_PER_READ, count - first);
      positions.read(first * 4L, block, 0, read * 4);
      for (int i = 0; i < read; i++) {
        out.reference(view.getInt(i * 4));
      }
    }
    return out.endReferences(count);
  }

  private int file(TocEntry entry) throws IOException {
    int name = out.string(entry.name);
    int type = out.string(entry.type.wireBytes());
    int link = out.string(entry.linkName);
    int user = out.string(entry.userName);
    int group = out.string(entry.groupName);
    int mtime = out.string(Rfc3339.format(entry.mtimeSeconds, entry.mtimeNanos));
    int pax = paxRecords(entry.paxRecords);
    out.startTable(ZtocSlots.FileEntry.COUNT);
    out.addReference(ZtocSlots.FileEntry.NAME, name);
    out.addReference(ZtocSlots.FileEntry.TYPE, type);
    out.addLong(ZtocSlots.FileEntry.OFFSET, entry.dataOffset);
    out.addLong(ZtocSlots.FileEntry.SIZE, entry.sizeBytes);
    out.addReference(ZtocSlots.FileEntry.LINK_NAME, link);
    out.addLong(ZtocSlots.FileEntry.MODE, entry.mode);
    out.addInt(ZtocSlots.FileEntry.UID, entry.uid);
    out.addInt(ZtocSlots.FileEntry.GID, entry.gid);
    out.addReference(ZtocSlots.FileEntry.USER_NAME, user);
    out.addReference(ZtocSlots.FileEntry.GROUP_NAME, group);
    out.addReference(ZtocSlots.FileEntry.MTIME, mtime);
    out.addLong(ZtocSlots.FileEntry.DEVICE_MAJOR, entry.deviceMajor);
    out.addLong(ZtocSlots.FileEntry.DEVICE_MINOR, entry.deviceMinor);
    out.addReference(ZtocSlots.FileEntry.PAX_RECORDS, pax);
    return out.endTable();
  }

  private int paxRecords(List<PaxRecord> records) throws IOException {
    int[] tables = new int[records.size()];
    for (int i = 0; i < tables.length; i++) {
      int key = out.string(records.get(i).keyBytes());
      int value = out.string(records.get(i).value());
      out.startTable(2);
      out.addReference(0, key);
      out.addReference(1, value);
      tables[i] = out.endTable();
    }
    return out.references(tables, tables.length);
  }

  private int info(Compression compression, SpanTable spans, Checkpoints checkpoints)
      throws IOException {
    int checkpointBytes =
        switch (checkpoints) {
          case Checkpoints.External external -> out.externalByteVector(external.sizeBytes());
          case Checkpoints.PlainTar tar -> out.byteVector(tarInfo(tar));
          case Checkpoints.Frames frames ->
              out.byteVector(FrameTable.encode(spans, frames.spanSize()));
        };
    int[] digests = new int[spans.count()];
    for (int span = 0; span < digests.length; span++) {
      digests[span] = out.string(ascii("sha256:" + HexFormat.of().formatHex(spans.digest(span))));
    }
    int digestVector = out.references(digests, digests.length);
    out.startTable(ZtocSlots.ZInfo.COUNT);
    out.addInt(ZtocSlots.ZInfo.MAX_SPAN, spans.count() - 1);
    out.addReference(ZtocSlots.ZInfo.SPAN_DIGESTS, digestVector);
    out.addReference(ZtocSlots.ZInfo.CHECKPOINTS, checkpointBytes);
    out.addByte(ZtocSlots.ZInfo.ALGORITHM, compression.wireValue(), Compression.GZIP.wireValue());
    return out.endTable();
  }

  private byte[] tarInfo(Checkpoints.PlainTar tar) throws IOException {
    FlatWriter info = new FlatWriter(new Spill(spillDirectory, 0));
    info.startTable(ZtocSlots.TarInfo.COUNT);
    info.addInt(ZtocSlots.TarInfo.VERSION, ZtocSlots.TarInfo.CURRENT_VERSION);
    info.addLong(ZtocSlots.TarInfo.SPAN_SIZE, tar.spanSize());
    info.addLong(ZtocSlots.TarInfo.SIZE, tar.sizeBytes());
    info.finish(info.endTable());
    return info.toByteArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
