package io.thaw.fuse.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.fuse.LayerContent;
import io.thaw.fuse.LayerFilesystem;
import io.thaw.fuse.kernel.RawRequests.Reply;
import io.thaw.fuse.sys.Errno;
import io.thaw.ztoc.EntryType;
import io.thaw.ztoc.PaxRecord;
import io.thaw.ztoc.Toc;
import io.thaw.ztoc.TocBuilder;
import io.thaw.ztoc.TocEntry;
import io.thaw.ztoc.tree.LayerTree;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FuseProtocolTest {
  private static final int ALL_FLAGS = 0x7fffffff;
  private static final int LOOKUP = 1;
  private static final int READ = 15;
  private static final int READDIR = 28;
  private static final int READDIRPLUS = 44;
  private static final long ROOT = 1;
  private static final long DIR = 2; // entry 0
  private static final long FILE = 3; // entry 1
  private static final long LINK = 4;
  private static final long DEVICE = 5;
  private static final long DAY = 86_400;

  private final Content content = new Content();
  private LayerTree tree;
  private RawRequests kernel;

  @BeforeEach
  void serveALayer() throws IOException {
    serve(entries(), true);
  }

  private static TocBuilder entries() {
    return Toc.builder()
        .add(
            new TocEntry()
                .name("dir/")
                .type(EntryType.DIR)
                .mode(01750)
                .owner(5, 6)
                .mtime(1_700_000_000L, 123_456_789))
        .add(
            new TocEntry()
                .name("dir/file")
                .type(EntryType.REG)
                .mode(04755)
                .sizeBytes(5000)
                .dataOffset(1000))
        .add(new TocEntry().name("dir/link").type(EntryType.SYMLINK).linkName("some/where"))
        .add(new TocEntry().name("dir/dev").type(EntryType.CHAR).mode(0600).device(259, 70_000));
  }

  private void serve(TocBuilder entries, boolean xattrs) throws IOException {
    serve(entries, xattrs, false);
  }

  private void serve(TocBuilder entries, boolean xattrs, boolean quickXattrs) throws IOException {
    if (xattrs) {
      entries.add(
          new TocEntry()
              .name("caps")
              .dataOffset(9000)
              .sizeBytes(0)
              .paxRecords(
                  List.of(
                      PaxRecord.of("SCHILY.xattr.security.capability", new byte[] {1, 0, 2}),
                      PaxRecord.of("SCHILY.xattr.user.n", new byte[0]))));
    }
    tree = LayerTree.of(entries.build());
    kernel =
        new RawRequests(
            new FuseProtocol(
                new LayerFilesystem("test", tree, content, quickXattrs), new RequestLog("test")));
  }

  @Test
  void agreesOnTheOlderVersionAndTheFlagsBothKnow() {
    Reply reply = kernel.init(7, 45, ALL_FLAGS, -1);
    assertThat(reply.error()).isZero();
    ByteBuffer out = reply.body();
    assertThat(out.remaining()).isEqualTo(64);
    assertThat(out.getInt(0)).isEqualTo(7);
    assertThat(out.getInt(4)).isEqualTo(45);
    assertThat(out.getInt(8)).isEqualTo(131072);
    assertThat(out.getInt(12))
        .isEqualTo(1 | 3 << 13 | 1 << 18 | 1 << 22 | 1 << 23 | 1 << 24 | 1 << 25 | 1 << 30);
    assertThat(out.getInt(20)).isEqualTo(4096);
    assertThat(out.getInt(24)).isEqualTo(1);
    assertThat(out.getShort(28)).isEqualTo((short) 256);
    assertThat(out.getInt(32)).as("ALLOW_IDMAP").isEqualTo(1 << 8);
    assertThat(kernel.init(7, 31, 1 | 1 << 22, 0).body().getInt(4)).isEqualTo(31);
    assertThat(kernel.init(7, 31, 1 | 1 << 22, 0).body().getInt(12)).isEqualTo(1 | 1 << 22);
    assertThat(kernel.init(7, 99, ALL_FLAGS, 0).body().getInt(4)).isEqualTo(45);
  }

  @Test
  void refusesKernelsThatAreTooOldAndAsksNewerOnesAgain() {
    assertThat(kernel.init(7, 30, ALL_FLAGS, 0).error()).isEqualTo(Errno.EPROTO);
    assertThat(kernel.init(6, 99, ALL_FLAGS, 0).error()).isEqualTo(Errno.EPROTO);
    Reply newer = kernel.init(8, 1, 0, 0);
    assertThat(newer.error()).isZero();
    assertThat(newer.body().getInt(0)).isEqualTo(7);
  }

  @Test
  void findsNamesWithDayLongAttributes() {
    ByteBuffer out = kernel.send(LOOKUP, ROOT, RawRequests.name("dir")).body();
    assertThat(out.remaining()).isEqualTo(128);
    assertThat(out.getLong(0)).isEqualTo(DIR);
    assertThat(out.getLong(8)).isZero();
    assertThat(out.getLong(16)).isEqualTo(DAY);
    assertThat(out.getLong(24)).isEqualTo(DAY);
    assertThat(out.getLong(40)).isEqualTo(DIR); // ino
    assertThat(out.getLong(72)).isEqualTo(1_700_000_000L); // mtime
    assertThat(out.getInt(92)).isEqualTo(123_456_789);
    assertThat(out.getInt(100)).isEqualTo(041750);
    assertThat(out.getInt(104)).isEqualTo(2); // nlink
    assertThat(out.getInt(108)).isEqualTo(5);
    assertThat(out.getInt(112)).isEqualTo(6);
    assertThat(out.getInt(120)).isEqualTo(4096);
  }

  @Test
  void remembersNamesThatAreNotThere() {
    ByteBuffer out = kernel.send(LOOKUP, ROOT, RawRequests.name("nothing")).body();
    assertThat(out.remaining()).isEqualTo(128);
    assertThat(out.getLong(0)).isZero();
    assertThat(out.getLong(16)).isEqualTo(DAY);
  }

  @Test
  void refusesLookupsThatMakeNoSense() {
    assertThat(kernel.send(LOOKUP, FILE, RawRequests.name("x")).error()).isEqualTo(Errno.ENOTDIR);
    assertThat(kernel.send(LOOKUP, 99, RawRequests.name("x")).error()).isEqualTo(Errno.ESTALE);
    assertThat(kernel.send(LOOKUP, 0, RawRequests.name("x")).error()).isEqualTo(Errno.ESTALE);
    assertThat(kernel.send(LOOKUP, -5, RawRequests.name("x")).error()).isEqualTo(Errno.ESTALE);
    assertThat(kernel.send(LOOKUP, tree.root() + 2L, RawRequests.name("x")).error()).isZero();
    assertThat(kernel.send(LOOKUP, ROOT, new byte[] {'x'}).error()).isEqualTo(Errno.EINVAL);
    assertThat(kernel.send(LOOKUP, ROOT, new byte[0]).error()).isEqualTo(Errno.EINVAL);
  }

  @Test
  void givesAttributes() {
    ByteBuffer out = kernel.send(3, FILE, new byte[16]).body();
    assertThat(out.remaining()).isEqualTo(104);
    assertThat(out.getLong(0)).isEqualTo(DAY);
    assertThat(out.getLong(24)).isEqualTo(5000);
    assertThat(out.getLong(32)).isEqualTo(10);
    assertThat(out.getInt(76)).isEqualTo(0104755);
    ByteBuffer device = kernel.send(3, DEVICE, new byte[16]).body();
    assertThat(device.getInt(76)).isEqualTo(020600);
    assertThat(device.getInt(92)).isEqualTo((70_000 & 0xff) | 259 << 8 | (70_000 & ~0xff) << 12);
    assertThat(kernel.send(3, ROOT, new byte[16]).body().getLong(16)).isEqualTo(1);
  }

  @Test
  void readsLinks() {
    assertThat(text(kernel.send(5, LINK, new byte[0]).body())).isEqualTo("some/where");
    assertThat(kernel.send(5, FILE, new byte[0]).error()).isEqualTo(Errno.EINVAL);
  }

  @Test
  void opensFilesForReadingWithTheirCacheKept() {
    ByteBuffer out = kernel.send(14, FILE, new byte[8]).body();
    assertThat(out.remaining()).isEqualTo(16);
    assertThat(out.getInt(8)).isEqualTo(2);
    assertThat(kernel.send(14, FILE, RawRequests.body(8).putInt(1).array()).error())
        .isEqualTo(Errno.EROFS);
    assertThat(kernel.send(14, DIR, new byte[8]).error()).isEqualTo(Errno.EISDIR);
    assertThat(kernel.send(18, FILE, new byte[24]).result()).isEqualTo(16);
  }

  @Test
  void opensDirectoriesItselfOnlyForKernelsThatCannot() {
    ByteBuffer out = kernel.send(27, DIR, new byte[8]).body();
    assertThat(out.getInt(8)).isEqualTo(2 | 8);
    kernel.init(7, 45, ALL_FLAGS, 0);
    assertThat(kernel.send(27, DIR, new byte[8]).error()).isEqualTo(Errno.ENOSYS);
    assertThat(kernel.send(27, FILE, new byte[8]).error()).isEqualTo(Errno.ENOTDIR);
    assertThat(kernel.send(29, DIR, new byte[24]).error()).isZero();
  }

  @Test
  void readsWhatIsPresentStraightIntoTheReply() {
    ByteBuffer out = kernel.read(READ, FILE, 10, 4096).body();
    assertThat(out.remaining()).isEqualTo(4096);
    assertThat(out.get(0)).isEqualTo((byte) 10);
    assertThat(out.get(4095)).isEqualTo((byte) (10 + 4095));
    assertThat(content.lastBuffer.isDirect()).isTrue();
    assertThat(kernel.read(READ, FILE, 4990, 4096).body().remaining()).isEqualTo(10);
    assertThat(kernel.read(READ, FILE, 5000, 4096).body().remaining()).isZero();
    assertThat(kernel.read(READ, FILE, Long.MAX_VALUE, 4096).body().remaining()).isZero();
    assertThat(kernel.read(READ, FILE, -1, 4096).error()).isEqualTo(Errno.EINVAL);
    assertThat(kernel.read(READ, FILE, 0, -1).body().remaining()).isEqualTo(5000);
    assertThat(kernel.read(READ, DIR, 0, 10).error()).isEqualTo(Errno.EISDIR);
  }

  @Test
  void defersReadsOfWhatIsAbsent() {
    content.absent = true;
    assertThat(kernel.read(READ, FILE, 10, 100).result()).isEqualTo(FuseProtocol.DEFERRED);
    Exchange exchange = kernel.exchange();
    assertThat(exchange.deferredNode).isEqualTo(1);
    assertThat(exchange.deferredOffset).isEqualTo(10);
    assertThat(exchange.deferredLength).isEqualTo(100);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment reply = arena.allocate(116, 8);
      FuseProtocol protocol =
          new FuseProtocol(new LayerFilesystem("test", tree, content), new RequestLog("test"));
      assertThat(protocol.serveDeferred(77, 1, 10, 100, reply)).isEqualTo(116);
      assertThat(reply.get(ValueLayout.JAVA_LONG, 8)).isEqualTo(77);
      assertThat(reply.get(ValueLayout.JAVA_BYTE, 16)).isEqualTo((byte) 10);
      content.failure = new IOException("span 3 is broken");
      assertThat(protocol.serveDeferred(77, 1, 10, 100, reply)).isEqualTo(16);
      assertThat(reply.get(ValueLayout.JAVA_INT, 4)).isEqualTo(-Errno.EIO);
    }
  }

  @Test
  void aFailingOrShortReadIsAnErrorNotAnEndOfFile() {
    content.failure = new IOException("disk full of holes");
    assertThat(kernel.read(READ, FILE, 0, 100).error()).isEqualTo(Errno.EIO);
    content.failure = null;
    content.shortBy = 1;
    assertThat(kernel.read(READ, FILE, 0, 100).error()).isEqualTo(Errno.EIO);
    content.unchecked = new IllegalStateException("bug");
    assertThat(kernel.read(READ, FILE, 0, 100).error()).isEqualTo(Errno.EIO);
  }

  @Test
  void listsDirectoriesInPaddedRecordsThatCanBeResumedAnywhere() {
    List<String> whole = names(READDIR, 4096, false);
    assertThat(whole).containsExactly(".:2:4", "..:1:4", "dev:5:2", "file:3:8", "link:4:10");
    assertThat(names(READDIR, 32, false)).isEqualTo(whole);
    assertThat(names(READDIR, 70, false)).isEqualTo(whole);
    assertThat(kernel.read(READDIR, DIR, 0, 23).body().remaining()).isZero();
    assertThat(kernel.read(READDIR, DIR, 0, 63).body().remaining()).isEqualTo(32);
  }

  @Test
  void listsDirectoriesWithEntries() {
    assertThat(names(READDIRPLUS, 4096, true))
        .containsExactly(".:2:4", "..:1:4", "dev:5:2", "file:3:8", "link:4:10");
    assertThat(names(READDIRPLUS, 160, true)).hasSize(5);
    ByteBuffer out = kernel.read(READDIRPLUS, DIR, 0, 4096).body();
    assertThat(out.getLong(0)).isZero();
    int third = 2 * 160;
    assertThat(out.getLong(third)).isEqualTo(DEVICE);
    assertThat(out.getLong(third + 16)).isEqualTo(DAY);
    assertThat(out.getInt(third + 100)).isEqualTo(020600);
  }

  @Test
  void refusesOffsetsItNeverGave() {
    assertThat(kernel.read(READDIR, DIR, -1, 4096).error()).isEqualTo(Errno.EINVAL);
    assertThat(kernel.read(READDIR, DIR, 1_000, 4096).error()).isEqualTo(Errno.EINVAL);
    assertThat(kernel.read(READDIR, DIR, Long.MAX_VALUE, 4096).error()).isEqualTo(Errno.EINVAL);
    assertThat(kernel.read(READDIR, FILE, 0, 4096).error()).isEqualTo(Errno.ENOTDIR);
  }

  @Test
  void answersExtendedAttributesBySizeAndValue() {
    long caps = 6;
    assertThat(kernel.xattr(caps, 0, "security.capability").body().getInt(0)).isEqualTo(3);
    ByteBuffer value = kernel.xattr(caps, 3, "security.capability").body();
    assertThat(value.remaining()).isEqualTo(3);
    assertThat(value.get(2)).isEqualTo((byte) 2);
    assertThat(kernel.xattr(caps, 2, "security.capability").error()).isEqualTo(Errno.ERANGE);
    assertThat(kernel.xattr(caps, 10, "user.n").body().remaining()).isZero();
    assertThat(kernel.xattr(FILE, 10, "user.n").error()).isEqualTo(Errno.ENODATA);
    assertThat(text(kernel.send(23, caps, RawRequests.body(8).putInt(100).array()).body()))
        .isEqualTo("security.capability\0user.n\0");
    assertThat(kernel.send(23, caps, RawRequests.body(8).putInt(0).array()).body().getInt(0))
        .isEqualTo(27);
    assertThat(kernel.send(23, caps, RawRequests.body(8).putInt(5).array()).error())
        .isEqualTo(Errno.ERANGE);
    assertThat(kernel.send(23, FILE, RawRequests.body(8).putInt(100).array()).body().remaining())
        .isZero();
  }

  @Test
  void answersAsADiskWouldWhenALayerHasNoExtendedAttributes() throws Exception {
    serve(entries(), false);
    assertThat(kernel.xattr(FILE, 10, "user.n").error()).isEqualTo(Errno.ENODATA);
    assertThat(kernel.send(23, FILE, RawRequests.body(8).putInt(100).array()).body().remaining())
        .isZero();
    assertThat(kernel.send(23, FILE, RawRequests.body(8).putInt(0).array()).body().getInt(0))
        .isZero();
  }

  @Test
  void saysOnceThatALayerHasNoExtendedAttributesWhereThatIsAllowed() throws Exception {
    serve(entries(), false, true);
    assertThat(kernel.xattr(FILE, 10, "user.n").error()).isEqualTo(Errno.ENOSYS);
  }

  /// As on the filesystem that an unpacked layer lies on.
  @Test
  void aLayerWithoutExtendedAttributesHasEmptyListsOfThem() throws Exception {
    serve(entries(), false);
    assertThat(kernel.send(23, FILE, RawRequests.body(8).putInt(100).array()).body().remaining())
        .isZero();
    assertThat(kernel.send(23, FILE, RawRequests.body(8).putInt(0).array()).body().getInt(0))
        .isZero();
  }

  @Test
  void aLayerWithExtendedAttributesAnswersAllTheSameWhereThatIsAllowed() throws Exception {
    serve(entries(), true, true);
    assertThat(kernel.xattr(FILE, 10, "user.n").error()).isEqualTo(Errno.ENODATA);
    assertThat(kernel.send(23, FILE, RawRequests.body(8).putInt(100).array()).body().remaining())
        .isZero();
  }

  @Test
  void reportsAFullFileSystem() {
    ByteBuffer out = kernel.send(17, ROOT, new byte[0]).body();
    assertThat(out.remaining()).isEqualTo(80);
    assertThat(out.getLong(0)).isEqualTo(2);
    assertThat(out.getLong(8)).isZero();
    assertThat(out.getLong(24)).isEqualTo(tree.inodeCount());
    assertThat(out.getInt(40)).isEqualTo(4096);
    assertThat(out.getInt(44)).isEqualTo(255);
  }

  @ParameterizedTest
  @EnumSource(Opcode.class)
  void everyOpcodeIsAnsweredAsTheTableSays(Opcode opcode) {
    Reply reply = kernel.send(opcode.code(), DIR, new byte[64]);
    switch (opcode.handling()) {
      case SERVED -> assertThat(reply.result()).isGreaterThanOrEqualTo(16);
      case READ_ONLY -> assertThat(reply.error()).isEqualTo(Errno.EROFS);
      case UNSUPPORTED -> assertThat(reply.error()).isEqualTo(Errno.ENOSYS);
      case SILENT -> assertThat(reply.result()).isEqualTo(FuseProtocol.NO_REPLY);
    }
    assertThat(kernel.send(opcode.code(), DIR, new byte[0]).result())
        .isNotEqualTo(FuseProtocol.DEFERRED);
  }

  @Test
  void survivesWhatIsNoRequest() {
    assertThat(kernel.send(9999, DIR, new byte[0]).error()).isEqualTo(Errno.ENOSYS);
    assertThat(kernel.send(-1, DIR, new byte[0]).error()).isEqualTo(Errno.ENOSYS);
    assertThat(kernel.send(0, DIR, new byte[0]).error()).isEqualTo(Errno.ENOSYS);
    assertThat(kernel.send(new byte[10]).result()).isEqualTo(FuseProtocol.NO_REPLY);
    assertThat(kernel.send(new byte[40]).result()).isEqualTo(FuseProtocol.NO_REPLY);
  }

  /// The whole directory in replies of `size` bytes, each record as `name:node:type`.
  private List<String> names(int opcode, int size, boolean plus) {
    List<String> names = new ArrayList<>();
    long offset = 0;
    while (true) {
      ByteBuffer out = kernel.read(opcode, DIR, offset, size).body();
      if (!out.hasRemaining()) {
        return names;
      }
      assertThat(out.remaining()).isLessThanOrEqualTo(size);
      for (int at = 0; at < out.limit(); ) {
        int record = at + (plus ? 128 : 0);
        int length = out.getInt(record + 16);
        byte[] name = new byte[length];
        out.get(record + 24, name);
        names.add(
            new String(name, StandardCharsets.UTF_8)
                + ":"
                + out.getLong(record)
                + ":"
                + out.getInt(record + 20));
        offset = out.getLong(record + 8);
        at = record + (24 + length + 7) / 8 * 8;
      }
    }
  }

  private static String text(ByteBuffer bytes) {
    return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
  }

  /// Byte `i` of every file is `i`.
  private static final class Content implements LayerContent {
    boolean absent;
    int shortBy;
    IOException failure;
    RuntimeException unchecked;
    ByteBuffer lastBuffer;

    @Override
    public int readIfPresent(int node, long offset, ByteBuffer dst) throws IOException {
      return absent ? ABSENT : read(node, offset, dst);
    }

    @Override
    public int read(int node, long offset, ByteBuffer dst) throws IOException {
      if (unchecked != null) {
        throw unchecked;
      }
      if (failure != null) {
        throw failure;
      }
      lastBuffer = dst;
      int length = dst.remaining() - shortBy;
      for (int i = 0; i < length; i++) {
        dst.put((byte) (offset + i));
      }
      return length;
    }
  }
}
