package io.thaw.fuzz.targets;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// Makes the inputs a fuzzer starts from: small ones, each with something that the code must
/// know. What it writes is checked in, since compressors differ from one Java to the next.
public final class Seeds {
  private Seeds() {}

  /// Writes every target's seeds into a directory of its name.
  public static void write(Path corpus) throws IOException {
    Map<String, Map<String, byte[]>> all = new LinkedHashMap<>();
    all.put("inflate", GzipSeeds.forInflate());
    all.put("tar", TarSeeds.forTar());
    all.put("layer", TarSeeds.forLayer());
    all.put("ztoc", ZtocSeeds.forZtoc());
    all.put("span", ZtocSeeds.forSpan());
    all.put("manifest", DocumentSeeds.forManifest());
    all.put("config", DocumentSeeds.forConfig());
    all.put("reference", DocumentSeeds.forReference());
    all.put("gojson", DocumentSeeds.forGoJson());
    all.put("registry", ConversationSeeds.forRegistry());
    all.put("fuse", ConversationSeeds.forFuse());
    for (var target : all.entrySet()) {
      Path directory = Files.createDirectories(corpus.resolve(target.getKey()));
      for (var seed : target.getValue().entrySet()) {
        Files.write(directory.resolve(seed.getKey()), seed.getValue());
      }
    }
  }

  static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  static byte[] text(String text) {
    return text.getBytes(UTF_8);
  }

  /// A ustar header.
  static byte[] header(String name, char type, long sizeBytes, String link) {
    byte[] block = new byte[512];
    put(block, 0, name);
    put(block, 100, "0000644\0");
    put(block, 108, "0001750\0");
    put(block, 116, "0001750\0");
    put(block, 124, String.format(Locale.ROOT, "%011o\0", sizeBytes));
    put(block, 136, "14371573000\0");
    block[156] = (byte) type;
    put(block, 157, link);
    put(block, 257, "ustar\00000");
    put(block, 265, "user");
    put(block, 297, "group");
    TarInputs.fixChecksum(block, 0);
    return block;
  }

  static void put(byte[] block, int offset, String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    System.arraycopy(bytes, 0, block, offset, bytes.length);
  }
}
