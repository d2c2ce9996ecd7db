package io.thaw.ztoc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ZtocReaderTest {
  @TempDir Path directory;
  private byte[] good;

  @BeforeEach
  void buildAGoodOne() throws IOException {
    try (InputStream in = Files.newInputStream(TestData.golden("pax-6.tar.gz"));
        BuiltZtoc built = new ZtocBuilder(ZtocOptions.DEFAULT.withSpanSize(262144)).build(in)) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      built.writeTo(out);
      good = out.toByteArray();
    }
  }

  private Ztoc open(byte[] bytes) throws IOException {
    return Ztoc.open(Files.write(directory.resolve("ztoc"), bytes));
  }

  /// Finds where values stand, independently of what is found wrong with them.
  private final class Finder implements AutoCloseable {
    final PositionalFile file;
    final FlatReader in;

    Finder() throws IOException {
      file = new PositionalFile(Files.write(directory.resolve("good"), good));
      in = new FlatReader(file, good.length, 4096);
    }

    FlatTable root() throws IOException {
      return new FlatTable(in).at(in.target(0));
    }

    FlatTable info() throws IOException {
      return new FlatTable(in).at(root().reference(ZtocSlots.Root.COMPRESSION_INFO));
    }

    FlatTable fileEntry(int index) throws IOException {
      long toc = root().reference(ZtocSlots.Root.TOC);
      long vector = new FlatTable(in).at(toc).reference(0);
      return new FlatTable(in).at(in.target(vector + 4 + 4L * index));
    }

    long checkpoints() throws IOException {
      return info().reference(ZtocSlots.ZInfo.CHECKPOINTS) + 4;
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  private void isRefused(String field, long offset, byte... bytes) {
    byte[] bad = good.clone();
    System.arraycopy(bytes, 0, bad, (int) offset, bytes.length);
    assertThatThrownBy(() -> open(bad).close())
        .as(field)
        .isInstanceOfSatisfying(
            MalformedZtocException.class,
            e -> {
              assertThat(e.field()).isEqualTo(field);
              assertThat(e.offset()).isBetween(0L, (long) Integer.MAX_VALUE * 2 + good.length);
            });
  }

  private static byte[] int32(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  private static byte[] int64(long value) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
  }

  @Test
  void readsBackWhatWasWritten() throws IOException {
    for (String name : new String[] {"pax-6.tar.gz", "gnu-6.tar.gz", "gnu.tar", "tiny.tar"}) {
      TocBuilder entries = Toc.builder();
      List<String> paxRecords = new ArrayList<>();
      TocListener listener =
          entry -> {
            entries.add(entry);
            paxRecords.add(entry.paxRecords().toString());
          };
      try (InputStream in = Files.newInputStream(TestData.golden(name));
          BuiltZtoc built = new ZtocBuilder(ZtocOptions.DEFAULT).build(in, listener)) {
        Path file = directory.resolve(name + ".ztoc");
        built.writeTo(file);
        try (Ztoc ztoc = Ztoc.open(file)) {
          assertThat(ztoc.buildTool()).isEqualTo("AWS SOCI CLI v0.2");
          assertThat(ztoc.spanSizeBytes()).isEqualTo(4 << 20);
          assertThat(ztoc.compressedSizeBytes()).isEqualTo(built.layerSizeBytes());
          assertThat(ztoc.spans().digest(0)).isEqualTo(built.spans().digest(0));
          assertSameToc(ztoc, entries.build(), paxRecords);
          assertThat(built.entryCount()).isEqualTo(ztoc.toc().count());
        }
      }
    }
  }

  private static void assertSameToc(Ztoc ztoc, Toc expected, List<String> paxRecords)
      throws IOException {
    Toc toc = ztoc.toc();
    assertThat(toc.count()).isEqualTo(expected.count()).isPositive();
    for (int i = 0; i < toc.count(); i++) {
      assertThat(toc.name(i)).isEqualTo(expected.name(i));
      assertThat(toc.type(i)).isEqualTo(expected.type(i));
      assertThat(toc.dataOffset(i)).isEqualTo(expected.dataOffset(i));
      assertThat(toc.sizeBytes(i)).isEqualTo(expected.sizeBytes(i));
      assertThat(toc.linkName(i)).isEqualTo(expected.linkName(i));
      assertThat(toc.mode(i)).isEqualTo(expected.mode(i));
      assertThat(toc.uid(i)).isEqualTo(expected.uid(i));
      assertThat(toc.gid(i)).isEqualTo(expected.gid(i));
      assertThat(toc.userName(i)).isEqualTo(expected.userName(i));
      assertThat(toc.groupName(i)).isEqualTo(expected.groupName(i));
      assertThat(toc.mtimeSeconds(i)).isEqualTo(expected.mtimeSeconds(i));
      assertThat(toc.mtimeNanos(i)).isEqualTo(expected.mtimeNanos(i));
      assertThat(toc.deviceMajor(i)).isEqualTo(expected.deviceMajor(i));
      assertThat(toc.deviceMinor(i)).isEqualTo(expected.deviceMinor(i));
      assertThat(ztoc.allPaxRecords(i).toString()).isEqualTo(paxRecords.get(i));
    }
  }

  @Test
  void aFileListTakesAtMost120BytesOfHeapPerFile() {
    TocBuilder builder = Toc.builder();
    TocEntry row = new TocEntry();
    int files = 20_000;
    for (int i = 0; i < files; i++) {
      row.name("usr/lib/python3/dist-packages/torch/include/ATen/ops/d" + i / 40 + "/f" + i + ".h")
          .dataOffset(i * 8192L + 512)
          .sizeBytes(7000 + i % 1000)
          .mode(0644)
          .mtime(1_700_000_000 + i, i);
      builder.add(row);
    }
    Toc toc = builder.build();
    assertThat(toc.heapBytes()).isLessThanOrEqualTo(120L * files);
    assertThat(toc.nameText(17_001))
        .isEqualTo("usr/lib/python3/dist-packages/torch/include/ATen/ops/d425/f17001.h");
  }

  @Test
  void acceptsVersionOneOfTheCheckpointsWhichLacksTheFirst() throws IOException {
    byte[] layer = Files.readAllBytes(TestData.golden("gnu-6.tar.gz"));
    Path file = directory.resolve("v1");
    try (BuiltZtoc built =
        new ZtocBuilder(ZtocOptions.DEFAULT.withSpanSize(65536))
            .build(new ByteArrayInputStream(layer))) {
      assertThat(built.spans().compressedStart(0)).isEqualTo(10);
      built.writeTo(file);
      byte[] v2 = Files.readAllBytes(file);
      good = v2;
      try (Finder find = new Finder()) {
        Files.write(file, withoutFirstCheckpoint(v2, (int) find.checkpoints()));
      }
      try (Ztoc ztoc = Ztoc.open(file);
          Ztoc newer = open(v2)) {
        byte[] window = new byte[Ztoc.WINDOW_BYTES];
        byte[] expected = new byte[Ztoc.WINDOW_BYTES];
        for (int span = 0; span < ztoc.spans().count(); span++) {
          assertThat(ztoc.spans().compressedStart(span))
              .isEqualTo(newer.spans().compressedStart(span));
          assertThat(ztoc.spans().uncompressedStart(span))
              .isEqualTo(newer.spans().uncompressedStart(span));
          ztoc.readWindow(span, window, 0);
          newer.readWindow(span, expected, 0);
          assertThat(window).isEqualTo(expected);
        }
      }
    }
  }

  /// Moves all records up by one and shortens the vector; the bytes left over are never looked at.
  private static byte[] withoutFirstCheckpoint(byte[] v2, int start) {
    byte[] v1 = v2.clone();
    ByteBuffer view = ByteBuffer.wrap(v1).order(ByteOrder.LITTLE_ENDIAN);
    int length = view.getInt(start - 4);
    view.putInt(start - 4, length - ZinfoLayout.CHECKPOINT_BYTES);
    int records = start + ZinfoLayout.HEADER_BYTES;
    int moved = length - ZinfoLayout.HEADER_BYTES - ZinfoLayout.CHECKPOINT_BYTES;
    System.arraycopy(v2, records + ZinfoLayout.CHECKPOINT_BYTES, v1, records, moved);
    return v1;
  }

  @Test
  void namesTheFieldOfTheRootThatIsBroken() throws IOException {
    try (Finder find = new Finder()) {
      FlatTable root = find.root();
      isRefused("root", 0, int32(0));
      isRefused("root", 0, int32(-8));
      isRefused("version", root.reference(ZtocSlots.Root.VERSION) + 4, (byte) '1');
      isRefused("version", root.slot(ZtocSlots.Root.VERSION, 4), int32(1 << 30));
      isRefused(
          "build_tool_identifier",
          root.reference(ZtocSlots.Root.BUILD_TOOL),
          int32(Integer.MAX_VALUE));
      isRefused("compressed_archive_size", root.slot(ZtocSlots.Root.COMPRESSED_SIZE, 8), int64(-1));
      isRefused(
          "uncompressed_archive_size", root.slot(ZtocSlots.Root.UNCOMPRESSED_SIZE, 8), int64(-5));
      isRefused("toc", root.slot(ZtocSlots.Root.TOC, 4), int32(0));
      isRefused("compression_info", root.slot(ZtocSlots.Root.COMPRESSION_INFO, 4), int32(-1));
    }
  }

  @Test
  void namesTheFieldOfTheCheckpointsThatIsBroken() throws IOException {
    try (Finder find = new Finder()) {
      FlatTable info = find.info();
      isRefused("compression_info.max_span_id", info.slot(ZtocSlots.ZInfo.MAX_SPAN, 4), int32(-1));
      isRefused(
          "compression_info.max_span_id", info.slot(ZtocSlots.ZInfo.MAX_SPAN, 4), int32(1 << 30));
      long digests = info.reference(ZtocSlots.ZInfo.SPAN_DIGESTS);
      isRefused("compression_info.span_digests", digests, int32(3));
      isRefused("compression_info.span_digests", digests, int32(Integer.MAX_VALUE));
      long third = find.in.target(digests + 4 + 2 * 4);
      isRefused("compression_info.span_digests[2]", third + 4 + 10, (byte) 'X');
      isRefused("compression_info.span_digests[2]", third + 4, (byte) 'S');
      isRefused(
          "compression_info.checkpoints",
          info.slot(ZtocSlots.ZInfo.CHECKPOINTS, 4),
          int32(1 << 29));
      long start = find.checkpoints();
      isRefused("compression_info.checkpoints.have", start, int32(7));
      isRefused("compression_info.checkpoints.span_size", start + 4, int64(0));
      isRefused("compression_info.checkpoints.length", start - 4, int32(50_000));
      long record = start + ZinfoLayout.HEADER_BYTES + 2L * ZinfoLayout.CHECKPOINT_BYTES;
      isRefused("compression_info.checkpoints[2].in", record, int64(3));
      isRefused("compression_info.checkpoints[2].in", record, int64(1L << 40));
      isRefused("compression_info.checkpoints[2].out", record + 8, int64(-1));
      isRefused("compression_info.checkpoints[3].out", record + 8, int64(1L << 50));
      isRefused("compression_info.checkpoints[2].bits", record + 16, (byte) 8);
    }
  }

  @Test
  void namesTheFieldOfTheFileThatIsBroken() throws IOException {
    try (Finder find = new Finder()) {
      FlatTable file = find.fileEntry(9);
      String at = "toc.metadata[9].";
      isRefused(at + "name", file.slot(ZtocSlots.FileEntry.NAME, 4), int32(1 << 30));
      isRefused(at + "name", file.reference(ZtocSlots.FileEntry.NAME), int32(-1));
      isRefused(at + "type", file.reference(ZtocSlots.FileEntry.TYPE) + 4, (byte) 'X');
      long offset = file.slot(ZtocSlots.FileEntry.OFFSET, 8);
      isRefused(at + "uncompressed_offset", offset, int64(512));
      isRefused(at + "uncompressed_offset", offset, int64(1L << 60));
      long size = find.fileEntry(regularFile()).slot(ZtocSlots.FileEntry.SIZE, 8);
      String regular = "toc.metadata[" + regularFile() + "].";
      isRefused(regular + "uncompressed_size", size, int64(-1));
      isRefused(regular + "uncompressed_size", size, int64(Long.MAX_VALUE));
      isRefused(at + "linkname", file.reference(ZtocSlots.FileEntry.LINK_NAME), int32(-1));
      isRefused(at + "uname", file.reference(ZtocSlots.FileEntry.USER_NAME), int32(-1));
      isRefused(at + "gname", file.reference(ZtocSlots.FileEntry.GROUP_NAME), int32(-1));
      isRefused(at + "mod_time", file.reference(ZtocSlots.FileEntry.MTIME) + 4, (byte) 'x');
      isRefused(at + "xattrs", file.reference(ZtocSlots.FileEntry.PAX_RECORDS), int32(1 << 20));
      isRefused("toc.metadata[9]", file.position(), int32(Integer.MIN_VALUE));
    }
  }

  private int regularFile() throws IOException {
    try (Ztoc ztoc = open(good)) {
      for (int i = 0; i < ztoc.toc().count(); i++) {
        if (ztoc.toc().type(i) == EntryType.REG && ztoc.toc().sizeBytes(i) > 0) {
          return i;
        }
      }
    }
    throw new AssertionError("no file in the layer");
  }

  @Test
  void aFileCutShortIsRefusedOrReadButNeverHangs() throws IOException {
    Random random = new Random(3);
    for (int i = 0; i < 60; i++) {
      byte[] cut = Arrays.copyOf(good, random.nextInt(good.length));
      assertThatThrownBy(() -> open(cut).close()).isInstanceOf(MalformedZtocException.class);
    }
    assertThatThrownBy(() -> open(new byte[0])).isInstanceOf(MalformedZtocException.class);
  }

  @Test
  void randomDamageIsAnErrorOrHarmless() throws IOException {
    long seed = System.nanoTime();
    System.out.println("seed of damage to zTOCs: " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 400; round++) {
      byte[] bad = good.clone();
      int hits = 1 + random.nextInt(20);
      for (int i = 0; i < hits; i++) {
        boolean nearStart = random.nextBoolean();
        int bound = nearStart ? 2000 : bad.length;
        bad[random.nextInt(bound)] = (byte) random.nextInt();
      }
      try (Ztoc ztoc = open(bad)) {
        ztoc.readWindow(ztoc.spans().count() - 1, new byte[Ztoc.WINDOW_BYTES], 0);
      } catch (IOException e) {
        assertThat(e).as("seed " + seed).isInstanceOf(MalformedZtocException.class);
      }
    }
  }

  @Test
  void limitsAreKept() throws IOException {
    Path file = Files.write(directory.resolve("limited"), good);
    ZtocLimits d = ZtocLimits.DEFAULT;
    assertRefused(file, "toc.metadata", new ZtocLimits(d.maxFileBytes(), 3, 100, 4096, 100));
    assertRefused(
        file, "compression_info.max_span_id", new ZtocLimits(d.maxFileBytes(), 9999, 2, 4096, 9));
    assertRefused(file, "file", new ZtocLimits(1000, 9999, 100, 4096, 100));
  }

  private static void assertRefused(Path file, String field, ZtocLimits limits) {
    assertThatThrownBy(() -> Ztoc.open(file, limits))
        .isInstanceOfSatisfying(
            MalformedZtocException.class, e -> assertThat(e.field()).isEqualTo(field));
  }
}
