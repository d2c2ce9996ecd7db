package io.thaw.ztoc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EntrySpoolTest {
  @TempDir Path directory;

  private static byte[] randomBytes(Random random, int bound) {
    byte[] bytes = new byte[random.nextInt(bound)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static TocEntry randomEntry(Random random) {
    List<PaxRecord> pax = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      pax.add(new PaxRecord(randomBytes(random, 30), randomBytes(random, 3000)));
    }
    return new TocEntry()
        .name(randomBytes(random, random.nextInt(500) == 0 ? 1 << 20 : 100))
        .type(EntryType.ofKnownTarFlag((byte) ('0' + random.nextInt(7))))
        .dataOffset(random.nextLong() >>> random.nextInt(64))
        .sizeBytes(random.nextLong() >>> random.nextInt(64))
        .linkName(randomBytes(random, 20))
        .mode(random.nextLong())
        .owner(random.nextInt(), random.nextInt())
        .ownerNames(randomBytes(random, 10), randomBytes(random, 10))
        .mtime(random.nextLong(), random.nextInt(1_000_000_000))
        .device(random.nextLong(), random.nextInt(300))
        .paxRecords(pax);
  }

  private static void isSame(TocEntry actual, TocEntry expected, String what) {
    assertThat(numbers(actual)).as(what).isEqualTo(numbers(expected));
    assertThat(strings(actual)).as(what).isEqualTo(strings(expected));
  }

  private static String numbers(TocEntry entry) {
    return String.join(
        " ",
        entry.type.wireName(),
        Long.toString(entry.dataOffset),
        Long.toString(entry.sizeBytes),
        Long.toString(entry.mode),
        Integer.toString(entry.uid),
        Integer.toString(entry.gid),
        Long.toString(entry.mtimeSeconds),
        Integer.toString(entry.mtimeNanos),
        Long.toString(entry.deviceMajor),
        Long.toString(entry.deviceMinor));
  }

  private static List<ByteBuffer> strings(TocEntry entry) {
    List<ByteBuffer> strings = new ArrayList<>();
    strings.add(ByteBuffer.wrap(entry.name));
    strings.add(ByteBuffer.wrap(entry.linkName));
    strings.add(ByteBuffer.wrap(entry.userName));
    strings.add(ByteBuffer.wrap(entry.groupName));
    for (PaxRecord record : entry.paxRecords) {
      strings.add(ByteBuffer.wrap(record.keyBytes()));
      strings.add(ByteBuffer.wrap(record.value()));
    }
    return strings;
  }

  @Test
  void givesBackEveryEntryLastToFirst() throws IOException {
    long seed = System.nanoTime();
    System.out.println("seed of entries: " + seed);
    Random random = new Random(seed);
    try (EntrySpool spool = new EntrySpool(directory)) {
      List<TocEntry> expected = new ArrayList<>();
      for (int i = 0; i < 4000; i++) {
        TocEntry entry = randomEntry(random);
        expected.add(entry);
        spool.append(entry);
      }
      assertThat(spool.count()).isEqualTo(4000);
      TocEntry row = new TocEntry();
      for (TocEntry entry : expected.reversed()) {
        assertThat(spool.takeLast(row)).isTrue();
        isSame(row, entry, "seed " + seed);
      }
      assertThat(spool.takeLast(row)).isFalse();
      assertThat(spool.count()).isZero();
    }
  }
}
