package io.thaw.ztoc;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/// Lays out a zTOC flatbuffer in the order in which SOCI does, so that the bytes are the same.
final class ZtocWriter {
  private final FlatWriter out = new FlatWriter();

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
  /// @param toc holds every PAX record
  FlatWriter write(
      String buildTool,
      Compression compression,
      Toc toc,
      SpanTable spans,
      Checkpoints checkpoints) {
    int version = out.string(ascii(ZtocSlots.VERSION));
    int tool = out.string(buildTool.getBytes(StandardCharsets.UTF_8));
    int tocTable = toc(toc);
    int info = info(compression, spans, checkpoints);
    out.startTable(ZtocSlots.Root.COUNT);
    out.addReference(ZtocSlots.Root.VERSION, version);
    out.addReference(ZtocSlots.Root.BUILD_TOOL, tool);
    out.addReference(ZtocSlots.Root.TOC, tocTable);
    out.addLong(ZtocSlots.Root.COMPRESSED_SIZE, spans.compressedSizeBytes());
    out.addLong(ZtocSlots.Root.UNCOMPRESSED_SIZE, spans.uncompressedSizeBytes());
    out.addReference(ZtocSlots.Root.COMPRESSION_INFO, info);
    out.finish(out.endTable());
    return out;
  }

  private int toc(Toc toc) {
    int count = toc.count();
    int[] files = new int[count];
    for (int entry = count - 1; entry >= 0; entry--) {
      files[entry] = file(toc, entry);
    }
    int vector = out.references(files, count);
    out.startTable(1);
    out.addReference(0, vector);
    return out.endTable();
  }

  private int file(Toc toc, int entry) {
    int name = out.string(toc.name(entry));
    int type = out.string(toc.type(entry).wireBytes());
    int link = out.string(toc.linkName(entry));
    int user = out.string(toc.userName(entry));
    int group = out.string(toc.groupName(entry));
    int mtime = out.string(Rfc3339.format(toc.mtimeSeconds(entry), toc.mtimeNanos(entry)));
    int pax = paxRecords(toc.paxRecords(entry));
    out.startTable(ZtocSlots.FileEntry.COUNT);
    out.addReference(ZtocSlots.FileEntry.NAME, name);
    out.addReference(ZtocSlots.FileEntry.TYPE, type);
    out.addLong(ZtocSlots.FileEntry.OFFSET, toc.dataOffset(entry));
    out.addLong(ZtocSlots.FileEntry.SIZE, toc.sizeBytes(entry));
    out.addReference(ZtocSlots.FileEntry.LINK_NAME, link);
    out.addLong(ZtocSlots.FileEntry.MODE, toc.mode(entry));
    out.addInt(ZtocSlots.FileEntry.UID, toc.uid(entry));
    out.addInt(ZtocSlots.FileEntry.GID, toc.gid(entry));
    out.addReference(ZtocSlots.FileEntry.USER_NAME, user);
    out.addReference(ZtocSlots.FileEntry.GROUP_NAME, group);
    out.addReference(ZtocSlots.FileEntry.MTIME, mtime);
    out.addLong(ZtocSlots.FileEntry.DEVICE_MAJOR, toc.deviceMajor(entry));
    out.addLong(ZtocSlots.FileEntry.DEVICE_MINOR, toc.deviceMinor(entry));
    out.addReference(ZtocSlots.FileEntry.PAX_RECORDS, pax);
    return out.endTable();
  }

  private int paxRecords(List<PaxRecord> records) {
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

  private int info(Compression compression, SpanTable spans, Checkpoints checkpoints) {
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

  private static byte[] tarInfo(Checkpoints.PlainTar tar) {
    FlatWriter info = new FlatWriter();
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
