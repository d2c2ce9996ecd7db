package io.thaw.fuzz.targets;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.LinkedHashMap;
import java.util.Map;

/// Tars with every kind of header.
final class TarSeeds {
  private static final byte[] END = new byte[1024];

  private TarSeeds() {}

  static Map<String, byte[]> forTar() {
    Map<String, byte[]> seeds = new LinkedHashMap<>();
    tars().forEach((name, tar) -> seeds.put(name, Seeds.concat(Seeds.bytes(1), tar)));
    seeds.put("untouched", Seeds.concat(Seeds.bytes(0x60), tar("kinds")));
    return seeds;
  }

  static Map<String, byte[]> forLayer() {
    Map<String, byte[]> seeds = new LinkedHashMap<>();
    int shape = 0;
    for (Map.Entry<String, byte[]> tar : tars().entrySet()) {
      byte[] choices = Seeds.bytes(1 | (shape++ % 3) << 1, 6);
      seeds.put(tar.getKey(), Seeds.concat(choices, tar.getValue()));
    }
    byte[] deflated = GzipSeeds.deflate(tar("kinds"), 6, 0, 0);
    byte[] gzip = ReferenceGzip.wrap(deflated, 1 << 20);
    seeds.put("as-it-is", Seeds.concat(Seeds.bytes(6, 6), gzip));
    return seeds;
  }

  static byte[] tar(String name) {
    byte[] tar = tars().get(name);
    if (tar == null) {
      throw new IllegalArgumentException("no tar is called " + name);
    }
    return tar;
  }

  private static Map<String, byte[]> tars() {
    Map<String, byte[]> tars = new LinkedHashMap<>();
    tars.put(
        "kinds",
        Seeds.concat(
            Seeds.header("d/", '5', 0, ""),
            file("d/f", "content"),
            Seeds.header("d/h", '1', 0, "d/f"),
            Seeds.header("d/l", '2', 0, "f"),
            Seeds.header("d/c", '3', 0, ""),
            Seeds.header("d/p", '6', 0, ""),
            Seeds.header("d/.wh.gone", '0', 0, ""),
            Seeds.header("d/.wh..wh..opq", '0', 0, ""),
            END));
    tars.put(
        "pax",
        Seeds.concat(
            pax(
                'x',
                record("path", "long/".repeat(30) + "name"),
                record("mtime", "1700000000.123456789"),
                record("size", "7"),
                record("uid", "70000"),
                record("SCHILY.xattr.user.a", "value")),
            file("short", "content"),
            END));
    tars.put(
        "pax-global", Seeds.concat(pax('g', record("comment", "commit")), file("a", "b"), END));
    tars.put(
        "pax-sparse", Seeds.concat(pax('x', record("GNU.sparse.major", "1")), file("a", "b"), END));
    tars.put(
        "gnu-long",
        Seeds.concat(
            body("././@LongLink", 'L', "long/".repeat(30) + "name\0"),
            body("././@LongLink", 'K', "target/".repeat(20) + "name\0"),
            gnu(Seeds.header("short", '2', 0, "t")),
            END));
    tars.put("gnu-sparse", Seeds.concat(gnu(Seeds.header("sparse", 'S', 0, "")), END));
    byte[] prefixed = Seeds.header("name", '0', 0, "");
    Seeds.put(prefixed, 345, "some/prefix");
    byte[] binary = Seeds.header("binary", '0', 0, "");
    Seeds.put(binary, 124, "\u0080\0\0\0\0\0\0\0\0\0\0\3");
    byte[] negative = Seeds.header("old", '0', 0, "");
    Seeds.put(
        negative, 136, "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00f0");
    byte[] v7 = Seeds.header("v7", '\0', 0, "");
    Seeds.put(v7, 257, "\0\0\0\0\0\0\0\0");
    TarInputs.fixChecksum(v7, 0);
    tars.put(
        "headers",
        Seeds.concat(prefixed, binary, Seeds.text("abc"), new byte[509], negative, v7, END));
    tars.put("not-utf8", Seeds.concat(Seeds.header("caf\u00e9/\u00ff\u00fe", '0', 0, ""), END));
    tars.put("garbage-behind", Seeds.concat(file("a", "b"), END, Seeds.text("garbage")));
    tars.put(
        "twice",
        Seeds.concat(file("a", "b"), file("./a", "c"), Seeds.header("a", '5', 0, ""), END));
    tars.put("links", Seeds.concat(Seeds.header("l", '2', 0, "l/l"), file("l/x", "y"), END));
    tars.replaceAll(
        (name, tar) -> {
          TarInputs.fixChecksums(tar);
          return tar;
        });
    return tars;
  }

  private static byte[] file(String name, String content) {
    return body(name, '0', content);
  }

  private static byte[] body(String name, char type, String content) {
    byte[] bytes = content.getBytes(ISO_8859_1);
    return Seeds.concat(
        Seeds.header(name, type, bytes.length, ""), bytes, new byte[-bytes.length & 511]);
  }

  private static byte[] pax(char type, String... records) {
    return body("PaxHeaders/x", type, String.join("", records));
  }

  private static String record(String key, String value) {
    int rest = key.length() + value.length() + 3;
    int length = rest + Integer.toString(rest).length();
    length = rest + Integer.toString(length).length();
    return length + " " + key + "=" + value + "\n";
  }

  private static byte[] gnu(byte[] header) {
    Seeds.put(header, 257, "ustar  \0");
    return header;
  }
}
