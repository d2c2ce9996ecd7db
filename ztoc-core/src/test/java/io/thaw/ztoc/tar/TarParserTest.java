package io.thaw.ztoc.tar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TarParserTest {
  private final ByteArrayOutputStream tar = new ByteArrayOutputStream();

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static void put(byte[] block, int offset, byte... bytes) {
    System.arraycopy(bytes, 0, block, offset, bytes.length);
  }

  private static byte[] header(String name, char type, long size, String magic) {
    byte[] block = new byte[512];
    put(block, 0, ascii(name));
    put(block, 100, ascii("0000755\0"));
    put(block, 108, ascii("0000012\0"));
    put(block, 116, ascii("     34 "));
    put(block, 124, ascii(String.format("%011o ", size)));
    put(block, 136, ascii("00000000017\0"));
    block[156] = (byte) type;
    put(block, 257, ascii(magic));
    return block;
  }

  private static byte[] sealed(byte[] block) {
    put(block, 148, ascii("        "));
    int sum = 0;
    for (byte value : block) {
      sum += value & 0xff;
    }
    put(block, 148, ascii(String.format("%06o\0 ", sum)));
    return block;
  }

  private void add(byte[] header, byte... data) {
    tar.writeBytes(sealed(header));
    tar.writeBytes(data);
    tar.writeBytes(new byte[-data.length & 511]);
  }

  private void addUstar(String name, char type, String data) {
    add(header(name, type, data.length(), "ustar\00000"), ascii(data));
  }

  private static String record(String key, String value) {
    int length = key.length() + value.length() + 3;
    int total = length + Integer.toString(length).length();
    total = length + Integer.toString(total).length();
    return total + " " + key + "=" + value + "\n";
  }

  private List<String> parse(int step) throws IOException {
    List<String> seen = new ArrayList<>();
    TarParser parser = new TarParser(entry -> seen.add(describe(entry)));
    byte[] bytes = tar.toByteArray();
    for (int from = 0; from < bytes.length; from += step) {
      parser.accept(bytes, from, Math.min(step, bytes.length - from));
    }
    parser.finish();
    seen.add("end " + parser.archiveSizeBytes());
    return seen;
  }

  private static String describe(TarEntry entry) {
    StringBuilder text = new StringBuilder();
    text.append((char) entry.typeFlag()).append(' ').append(latin(entry.name()));
    text.append(" @").append(entry.dataOffset()).append('+').append(entry.sizeBytes());
    if (entry.linkName().length > 0) {
      text.append(" -> ").append(latin(entry.linkName()));
    }
    text.append(' ').append(entry.uid()).append(':').append(entry.gid());
    text.append(" t").append(entry.mtimeSeconds()).append('.').append(entry.mtimeNanos());
    for (Map.Entry<byte[], byte[]> record : entry.paxRecords().entrySet()) {
      text.append(' ').append(latin(record.getKey())).append('=').append(latin(record.getValue()));
    }
    return text.toString();
  }

  private static String latin(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private void parsesTo(String... expected) throws IOException {
    assertThat(parse(Integer.MAX_VALUE / 2)).containsExactly(expected);
    assertThat(parse(1)).containsExactly(expected);
    assertThat(parse(513)).containsExactly(expected);
  }

  private void isRefused(String reason) {
    assertThatThrownBy(() -> parse(4096))
        .isInstanceOf(MalformedTarException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void readsPlainEntriesAndStopsBehindTheSecondBlockOfZeros() throws IOException {
    addUstar("./a", '0', "hello");
    addUstar("dir/", '5', "");
    tar.writeBytes(new byte[1024]);
    tar.writeBytes(new byte[8000]);
    parsesTo("0 ./a @512+5 10:28 t15.0", "5 dir/ @1536+0 10:28 t15.0", "end 2560");
  }

  @Test
  void aTarMayEndWithoutItsMarker() throws IOException {
    addUstar("a", '0', "x");
    parsesTo("0 a @512+1 10:28 t15.0", "end 1024");
    tar.writeBytes(new byte[512]);
    parsesTo("0 a @512+1 10:28 t15.0", "end 1536");
  }

  @Test
  void thePrefixOfUstarStandsBeforeTheName() throws IOException {
    byte[] block = header("leaf", '0', 0, "ustar\00000");
    put(block, 345, ascii("some/prefix"));
    add(block);
    byte[] gnu = header("leaf", '0', 0, "ustar  \0");
    put(gnu, 345, ascii("14371573000\0"));
    add(gnu);
    byte[] old = header("leaf", '0', 0, "");
    put(old, 345, ascii("ignored"));
    add(old);
    byte[] goBefore18 = header("leaf", '0', 0, "ustar  \0");
    put(goBefore18, 345, ascii("written/by/go"));
    add(goBefore18);
    parsesTo(
        "0 some/prefix/leaf @512+0 10:28 t15.0",
        "0 leaf @1024+0 10:28 t15.0",
        "0 leaf @1536+0 10:28 t15.0",
        "0 written/by/go/leaf @2048+0 10:28 t15.0",
        "end 2048");
  }

  @Test
  void oldRegularFilesThatEndInASlashAreDirectories() throws IOException {
    addUstar("old", '\0', "data");
    addUstar("olddir/", '\0', "");
    parsesTo("0 old @512+4 10:28 t15.0", "5 olddir/ @1536+0 10:28 t15.0", "end 1536");
  }

  @Test
  void paxRecordsReplaceFieldsAndAreAllKept() throws IOException {
    String body =
        record("path", "long/näme")
            + record("mtime", "1700000000.1234567891")
            + record("uid", "4000000")
            + record("size", "3")
            + record("gname", "")
            + record("SCHILY.xattr.user.b", "va=l\0ue")
            + record("SCHILY.xattr.user.a", "first")
            + record("SCHILY.xattr.user.a", "second");
    addUstar("PaxHeaders/x", 'x', body);
    byte[] block = header("short", '0', 0, "ustar\00000");
    add(block, ascii("abc"));
    addUstar("next", '0', "");
    List<String> seen = parse(100);
    assertThat(seen.get(0))
        .startsWith(
            "0 long/näme @1536+3 4000000:28 t1700000000.123456789 SCHILY.xattr.user.a=second")
        .contains("SCHILY.xattr.user.b=va=l\0ue", " gname= ", " size=3 ");
    assertThat(seen.get(1)).isEqualTo("0 next @2560+0 10:28 t15.0");
  }

  @Test
  void timesBefore1970AreKept() throws IOException {
    addUstar("x", 'x', record("mtime", "-2.25"));
    addUstar("a", '0', "");
    byte[] binary = header("b", '0', 0, "ustar  \0");
    byte[] minusTwo = new byte[12];
    Arrays.fill(minusTwo, (byte) 0xff);
    minusTwo[11] = (byte) 0xfe;
    put(binary, 136, minusTwo);
    add(binary);
    List<String> seen = parse(100);
    assertThat(seen.get(0)).contains("t-3.750000000");
    assertThat(seen.get(1)).contains("t-2.0");
  }

  @Test
  void gnuLongNamesAndBinaryNumbersAreRead() throws IOException {
    add(header("././@LongLink", 'L', 201, "ustar  \0"), ascii("n".repeat(200) + "\0"));
    add(header("././@LongLink", 'K', 151, "ustar  \0"), ascii("l".repeat(150) + "\0"));
    byte[] block = header("n", '2', 0, "ustar  \0");
    put(
        block,
        108,
        (byte) 0x80,
        (byte) 0,
        (byte) 0,
        (byte) 0,
        (byte) 1,
        (byte) 0,
        (byte) 0,
        (byte) 2);
    add(block);
    parsesTo(
        "2 " + "n".repeat(200) + " @2560+0 -> " + "l".repeat(150) + " 16777218:28 t15.0",
        "end 2560");
  }

  @Test
  void globalHeadersAreSkipped() throws IOException {
    addUstar("pax_global_header", 'g', record("comment", "0123456789abcdef"));
    addUstar("a", '0', "x");
    parsesTo("0 a @1536+1 10:28 t15.0", "end 2048");
  }

  @Test
  void sparseAndUnknownTypesAreRefused() {
    addUstar("s", 'S', "");
    isRefused("sparse");
    tar.reset();
    addUstar("x", 'x', record("GNU.sparse.major", "1"));
    addUstar("a", '0', "");
    isRefused("sparse");
    tar.reset();
    addUstar("v", 'V', "");
    isRefused("0x56");
  }

  @Test
  void brokenTarsAreRefused() {
    addUstar("a", '0', "hello");
    byte[] good = tar.toByteArray();
    tar.reset();
    tar.write(good, 0, 700 - 190);
    isRefused("ends 2 bytes before");
    tar.reset();
    tar.write(good, 0, 514);
    isRefused("ends 3 bytes before");
    tar.reset();
    good[0] ^= 1;
    tar.writeBytes(good);
    isRefused("checksum");
    tar.reset();
    tar.writeBytes(new byte[512]);
    addUstar("a", '0', "");
    isRefused("follow a block of zeros");
    tar.reset();
    addUstar("x", 'x', "99 path=a\n");
    isRefused("usable length");
    tar.reset();
    addUstar("x", 'x', record("mtime", "soon"));
    addUstar("a", '0', "");
    isRefused("not a number");
    tar.reset();
    add(header("x", 'x', 2 << 20, "ustar\00000"));
    isRefused("more than 1048576");
  }

  @Test
  void randomDamageIsAnErrorOrHarmless() throws IOException {
    long seed = System.nanoTime();
    System.out.println("seed of damage to tars: " + seed);
    Random random = new Random(seed);
    addUstar("x", 'x', record("path", "p") + record("mtime", "1.5"));
    addUstar("a", '0', "hello");
    add(header("././@LongLink", 'L', 20, "ustar  \0"), new byte[20]);
    addUstar("b", '1', "");
    tar.writeBytes(new byte[1024]);
    byte[] good = tar.toByteArray();
    for (int round = 0; round < 3000; round++) {
      byte[] bad = good.clone();
      bad[random.nextInt(bad.length)] = (byte) random.nextInt();
      int block = random.nextInt(bad.length / 512) * 512;
      byte[] header = Arrays.copyOfRange(bad, block, block + 512);
      header[random.nextInt(512)] = (byte) random.nextInt();
      put(bad, block, sealed(header));
      tar.reset();
      tar.writeBytes(bad);
      try {
        parse(1000);
      } catch (IOException e) {
        assertThat(e).as("seed " + seed).isInstanceOf(MalformedTarException.class);
      }
    }
  }
}
