package io.thaw.ztoc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Well-formed flatbuffers that mean harm: a table may refer to any string, and many tables to
/// the same one.
class HostileZtocTest {
  private static final long TAR_BYTES = 1L << 30;

  @TempDir Path directory;

  @Test
  void aNameSharedByAllEntriesMustNotFillTheMemory() throws IOException {
    FlatWriter out = writer();
    int name = out.string(new byte[1 << 20]);
    int empty = out.references(new int[0], 0);
    byte[] ztoc = ztoc(out, 1000, 512, i -> name, i -> empty);

    assertThat(ztoc.length).isLessThan(1_200_000);
    assertRefused(ztoc, "strings lie over each other");
  }

  @Test
  void recordsSharedByAllEntriesMustNotBeReadForever() throws IOException {
    FlatWriter out = writer();
    int key = out.string(new byte[] {'k'});
    out.startTable(2);
    out.addReference(0, key);
    int record = out.endTable();
    int[] records = new int[60_000];
    Arrays.fill(records, record);
    int pax = out.references(records, records.length);
    int name = out.string(new byte[] {'n'});
    byte[] ztoc = ztoc(out, 100_000, 512, i -> name, i -> pax);

    assertRefused(ztoc, "strings lie over each other");
  }

  @Test
  void namesSharedNowAndThenAreFine() throws IOException {
    FlatWriter out = writer();
    int one = out.string("a".getBytes(StandardCharsets.US_ASCII));
    int two = out.string("b".getBytes(StandardCharsets.US_ASCII));
    int empty = out.references(new int[0], 0);
    byte[] ztoc = ztoc(out, 1000, 512, i -> i % 2 == 0 ? one : two, i -> empty);

    try (Ztoc opened = Ztoc.open(write(ztoc))) {
      assertThat(opened.toc().count()).isEqualTo(1000);
      assertThat(opened.toc().nameText(999)).isEqualTo("b");
    }
  }

  @Test
  void anEntryAtTheEndOfAllOffsetsLetsNoneFollow() throws IOException {
    FlatWriter out = writer();
    int name = out.string(new byte[] {'n'});
    int empty = out.references(new int[0], 0);
    byte[] ztoc = ztoc(out, 2, Long.MAX_VALUE - 100, i -> name, i -> empty);

    assertRefused(ztoc, "leaves no room for the tar's end");
  }

  private FlatWriter writer() {
    return new FlatWriter(new Spill(directory, 4 << 20));
  }

  private Path write(byte[] ztoc) throws IOException {
    return Files.write(directory.resolve("ztoc"), ztoc);
  }

  private void assertRefused(byte[] ztoc, String reason) throws IOException {
    Path file = write(ztoc);
    assertThatThrownBy(() -> Ztoc.open(file).close())
        .isInstanceOf(MalformedZtocException.class)
        .hasMessageContaining(reason);
  }

  /// A zTOC of a plain tar with one span.
  private byte[] ztoc(
      FlatWriter out, int entries, long firstOffset, IntUnaryOperator name, IntUnaryOperator pax)
      throws IOException {
    long tarBytes = Math.max(TAR_BYTES, firstOffset);
    int type = out.string(EntryType.DIR.wireBytes());
    int[] files = new int[entries];
    for (int i = entries - 1; i >= 0; i--) {
      out.startTable(ZtocSlots.FileEntry.COUNT);
      out.addReference(ZtocSlots.FileEntry.NAME, name.applyAsInt(i));
      out.addReference(ZtocSlots.FileEntry.TYPE, type);
      out.addLong(ZtocSlots.FileEntry.OFFSET, firstOffset + 512L * i);
      out.addReference(ZtocSlots.FileEntry.PAX_RECORDS, pax.applyAsInt(i));
      files[i] = out.endTable();
    }
    int vector = out.references(files, entries);
    out.startTable(1);
    out.addReference(0, vector);
    int toc = out.endTable();
    int info = info(out, tarBytes);
    int version = out.string(ZtocSlots.VERSION.getBytes(StandardCharsets.US_ASCII));
    out.startTable(ZtocSlots.Root.COUNT);
    out.addReference(ZtocSlots.Root.VERSION, version);
    out.addReference(ZtocSlots.Root.TOC, toc);
    out.addLong(ZtocSlots.Root.COMPRESSED_SIZE, tarBytes);
    out.addLong(ZtocSlots.Root.UNCOMPRESSED_SIZE, tarBytes);
    out.addReference(ZtocSlots.Root.COMPRESSION_INFO, info);
    out.finish(out.endTable());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    out.writeTo(bytes, nothing -> {});
    return bytes.toByteArray();
  }

  private int info(FlatWriter out, long tarBytes) throws IOException {
    FlatWriter tar = writer();
    tar.startTable(ZtocSlots.TarInfo.COUNT);
    tar.addInt(ZtocSlots.TarInfo.VERSION, ZtocSlots.TarInfo.CURRENT_VERSION);
    tar.addLong(ZtocSlots.TarInfo.SPAN_SIZE, tarBytes);
    tar.addLong(ZtocSlots.TarInfo.SIZE, tarBytes);
    tar.finish(tar.endTable());
    int checkpoints = out.byteVector(tar.toByteArray());
    String digest = "sha256:" + "00".repeat(32);
    int[] digests = {out.string(digest.getBytes(StandardCharsets.US_ASCII))};
    int digestVector = out.references(digests, 1);
    out.startTable(ZtocSlots.ZInfo.COUNT);
    out.addReference(ZtocSlots.ZInfo.SPAN_DIGESTS, digestVector);
    out.addReference(ZtocSlots.ZInfo.CHECKPOINTS, checkpoints);
    out.addByte(ZtocSlots.ZInfo.ALGORITHM, Compression.UNCOMPRESSED.wireValue(), 1);
    return out.endTable();
  }
}
