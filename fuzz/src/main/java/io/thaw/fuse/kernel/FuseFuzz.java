package io.thaw.fuse.kernel;

import io.thaw.fuse.LayerContent;
import io.thaw.fuse.LayerFilesystem;
import io.thaw.fuse.sys.Errno;
import io.thaw.fuzz.targets.Oracle;
import io.thaw.ztoc.EntryType;
import io.thaw.ztoc.PaxRecord;
import io.thaw.ztoc.Toc;
import io.thaw.ztoc.TocEntry;
import io.thaw.ztoc.tree.LayerTree;
import io.thaw.ztoc.tree.MalformedLayerException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.List;

/// The FUSE server without transport on any requests: every reply has the shape of one, and none
/// is EIO, which would be an exception of ours, as the data behind it never fail.
///
/// Input: one byte of choices (bit 0: write the right length into each request), then requests,
/// each behind two bytes for its length.
public final class FuseFuzz {
  private static final int LENGTH_AT = 0;
  private static final int UNIQUE_AT = 8;
  private static final int MAX_REQUESTS = 8;
  private static final LayerTree TREE = tree();
  private static final Exchange EXCHANGE = new Exchange(Arena.global());

  private FuseFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    FuseProtocol protocol =
        new FuseProtocol(new LayerFilesystem("fuzz", TREE, new Present()), new RequestLog("fuzz"));
    int at = 1;
    for (int i = 0; i < MAX_REQUESTS && at + 2 <= data.length; i++) {
      int length = (data[at] & 0xff) | ((data[at + 1] & 0x3f) << 8);
      length = Math.min(length, Math.min(data.length - at - 2, Exchange.REQUEST_BYTES));
      MemorySegment request = EXCHANGE.request;
      request.fill((byte) 0xa5); // what an earlier request left
      MemorySegment.copy(data, at + 2, request, ValueLayout.JAVA_BYTE, 0, length);
      if ((data[0] & 1) != 0) {
        request.set(ValueLayout.JAVA_INT, LENGTH_AT, length);
      }
      at += 2 + length;
      long unique = request.get(ValueLayout.JAVA_LONG, UNIQUE_AT);
      int result = protocol.serve(EXCHANGE, length);
      if (result == FuseProtocol.DEFERRED) {
        result =
            protocol.serveDeferred(
                EXCHANGE.deferredUnique,
                EXCHANGE.deferredNode,
                EXCHANGE.deferredOffset,
                EXCHANGE.deferredLength,
                EXCHANGE.reply);
      }
      if (result != FuseProtocol.NO_REPLY) {
        checkReply(result, unique);
      }
    }
  }

  private static void checkReply(int result, long unique) {
    MemorySegment reply = EXCHANGE.reply;
    Oracle.check(
        result >= OutHeaderLayout.BYTES && result <= Exchange.REPLY_BYTES,
        "a reply of " + result + " bytes");
    Oracle.check(
        reply.get(ValueLayout.JAVA_INT, LENGTH_AT) == result, "a reply says another length");
    Oracle.check(
        reply.get(ValueLayout.JAVA_LONG, UNIQUE_AT) == unique, "a reply to another request");
    int error = -reply.get(ValueLayout.JAVA_INT, 4);
    Oracle.check(error >= 0 && error < 512, "error " + error);
    Oracle.check(error == 0 || result == OutHeaderLayout.BYTES, "an error with a body");
    Oracle.check(error != Errno.EIO, "a request failed inside");
  }

  /// Entries of every kind; the node of entry `i` is `i + 2` for the kernel.
  private static LayerTree tree() {
    Toc toc =
        Toc.builder()
            .add(new TocEntry().name("d/").type(EntryType.DIR).mode(0755))
            .add(new TocEntry().name("d/f").mode(0644).sizeBytes(5000).dataOffset(1536))
            .add(new TocEntry().name("d/l").type(EntryType.SYMLINK).linkName("f"))
            .add(new TocEntry().name("d/h").type(EntryType.HARDLINK).linkName("d/f"))
            .add(new TocEntry().name("d/c").type(EntryType.CHAR).device(1, 3))
            .add(new TocEntry().name("d/.wh.gone"))
            .add(
                new TocEntry()
                    .name("big")
                    .dataOffset(100_000)
                    .sizeBytes(1L << 40)
                    .paxRecords(
                        List.of(
                            PaxRecord.of("SCHILY.xattr.user.a", new byte[70_000]),
                            PaxRecord.of("SCHILY.xattr.user.b", new byte[] {1}))))
            .build();
    try {
      return LayerTree.of(toc);
    } catch (MalformedLayerException e) {
      throw new IllegalStateException("a good layer", e);
    }
  }

  /// Data that are there in the first 1 MiB of a file, and have to be waited for behind it.
  private static final class Present implements LayerContent {
    @Override
    public int readIfPresent(int node, long offset, ByteBuffer dst) {
      return offset > 1 << 20 ? ABSENT : read(node, offset, dst);
    }

    @Override
    public int read(int node, long offset, ByteBuffer dst) {
      Oracle.check(
          offset >= 0 && dst.hasRemaining() && offset + dst.remaining() <= TREE.sizeBytes(node),
          "a read outside the file");
      int count = dst.remaining();
      dst.position(dst.limit());
      return count;
    }
  }
}
