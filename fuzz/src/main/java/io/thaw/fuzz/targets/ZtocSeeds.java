package io.thaw.fuzz.targets;

import io.thaw.ztoc.BuiltZtoc;
import io.thaw.ztoc.ZtocBuilder;
import io.thaw.ztoc.ZtocOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.Deflater;

/// zTOCs of small layers, and changes to one.
final class ZtocSeeds {
  private ZtocSeeds() {}

  static Map<String, byte[]> forZtoc() {
    Map<String, byte[]> seeds = new LinkedHashMap<>();
    seeds.put("tar-kinds", ztoc(TarSeeds.tar("kinds"), 1 << 20));
    seeds.put("tar-pax", ztoc(TarSeeds.tar("pax"), 1000));
    seeds.put("tar-empty", ztoc(new byte[1024], 1 << 20));
    seeds.put("gzip-one-span", ztoc(gzip(TarSeeds.tar("kinds")), 1 << 20));
    seeds.put("gzip-three-spans", ztoc(gzip(TarSeeds.tar("headers")), 1000));
    return seeds;
  }

  static Map<String, byte[]> forSpan() {
    Map<String, byte[]> seeds = new LinkedHashMap<>();
    seeds.put("nothing", new byte[0]);
    seeds.put("in", Seeds.bytes(1, 0, 1, 0, 0, 0));
    seeds.put("out", Seeds.bytes(1, 2, 0xff, 0xff, 0, 0));
    seeds.put("far-out", Seeds.bytes(0xf9, 3, 1, 0, 0, 0));
    seeds.put("bits", Seeds.bytes(2, 4, 3, 0, 0, 0));
    seeds.put("window", Seeds.bytes(1, 5, 7, 0xff, 0x7f, 0));
    seeds.put("layer", Seeds.bytes(0, 6, 7, 40, 0, 0));
    return seeds;
  }

  private static byte[] gzip(byte[] tar) {
    return ReferenceGzip.wrap(
        GzipSeeds.deflate(tar, 6, Deflater.DEFAULT_STRATEGY, Deflater.SYNC_FLUSH), 1 << 20);
  }

  private static byte[] ztoc(byte[] layer, long spanSize) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (BuiltZtoc built =
        new ZtocBuilder(ZtocOptions.DEFAULT.withSpanSize(spanSize))
            .build(new ByteArrayInputStream(layer))) {
      built.writeTo(out);
    } catch (IOException e) {
      throw new IllegalStateException("a good layer", e);
    }
    return Zeros.pack(out.toByteArray());
  }
}
