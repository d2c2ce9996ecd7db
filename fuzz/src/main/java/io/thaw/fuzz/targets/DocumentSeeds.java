package io.thaw.fuzz.targets;

import static java.nio.charset.StandardCharsets.UTF_16BE;

import io.thaw.config.Config;
import java.util.LinkedHashMap;
import java.util.Map;

/// Texts and JSON documents.
final class DocumentSeeds {
  private static final String DIGEST = "sha256:" + "0123456789abcdef".repeat(4);

  private DocumentSeeds() {}

  static Map<String, byte[]> forManifest() {
    String layer =
        "{\"mediaType\":\"application/octet-stream\",\"digest\":\""
            + DIGEST
            + "\",\"size\":1234,\"annotations\":{\"com.amazon.soci.image-layer-digest\":\""
            + DIGEST
            + "\",\"com.amazon.soci.image-layer-mediaType\":\"application/x\","
            + "\"com.amazon.soci.span-size\":\"4194304\",\"com.amazon.soci.disable-xattrs\":\"true\"}}";
    String prefetch = layer.replace("octet-stream", "vnd.amazon.soci.prefetch.v1+json");
    String manifest =
        "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
            + "\"artifactType\":\"a/b\",\"config\":{\"mediaType\":\"MEDIA\",\"digest\":\""
            + DIGEST
            + "\",\"size\":2,\"urls\":[\"https://x/y\"],\"data\":\"e30=\"},\"layers\":["
            + layer
            + ","
            + prefetch
            + "],\"subject\":"
            + layer
            + ",\"annotations\":{\"com.amazon.soci.build-tool-identifier\":\"tool <&>\"}}";
    String index =
        "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"a/b\",\"digest\":\""
            + DIGEST
            + "\",\"size\":9,\"platform\":{\"architecture\":\"arm\",\"os\":\"linux\","
            + "\"os.version\":\"1\",\"os.features\":[\"f\"],\"variant\":\"v7\"}}]}";
    Map<String, byte[]> seeds = new LinkedHashMap<>();
    seeds.put("manifest", document(0, manifest.replace("MEDIA", "application/x")));
    seeds.put("index", document(1, index));
    seeds.put(
        "soci-v1",
        document(2, manifest.replace("MEDIA", "application/vnd.amazon.soci.index.v1+json")));
    seeds.put(
        "soci-v2",
        document(2, manifest.replace("MEDIA", "application/vnd.amazon.soci.index.v2+json")));
    seeds.put(
        "prefetch",
        document(
            3,
            "{\"version\":\"1.0\",\"prefetch_spans\":[{\"start_span\":0,\"end_span\":4,"
                + "\"priority\":-1},{\"start_span\":7,\"end_span\":7}]}"));
    seeds.put(
        "config", document(4, "{\"architecture\":\"x86_64\",\"os\":\"Linux\",\"variant\":\"v1\"}"));
    seeds.put("media-type", document(5, "{\"mediaType\":\"a\\u00e9\\ud83d\\ude00\",\"n\":1e3}"));
    return seeds;
  }

  private static byte[] document(int reader, String json) {
    return Seeds.concat(Seeds.bytes(reader), Seeds.text(json));
  }

  static Map<String, byte[]> forConfig() {
    Map<String, byte[]> seeds = new LinkedHashMap<>();
    seeds.put("shipped.toml", Seeds.text(Config.shippedFile()));
    seeds.put("few.toml", Seeds.text("root = \"/r\"\n[fill]\nenable = false\nconcurrency = 3\n"));
    seeds.put(
        "soci.toml",
        Seeds.text("no_prometheus = true\n[blob]\nmin_wait_msec = 0x1f\n[http]\nMaxRetries = 8\n"));
    seeds.put(
        "lists.toml",
        Seeds.text(
            "[registry]\nplain_http_hosts = [\"a:1\", 'b']\n[[x.y]]\nz={a.b=1979-05-27T07:32:00Z}\n"));
    seeds.put(
        "strings.toml",
        Seeds.text(
            "root = \"\"\"\n/a\\u00e9\\\n b\"\"\"\naddress = '''/x'''\n\"log\".level = \"warn\"\n"));
    return seeds;
  }

  static Map<String, byte[]> forReference() {
    Map<String, byte[]> seeds = new LinkedHashMap<>();
    String[] texts = {
      "alpine",
      "alpine:3.20",
      "docker.io/library/alpine@" + DIGEST,
      "registry.example.com:5000/team/app_x.y--z:v1.2_3@" + DIGEST,
      "[::1]:5000/a/b",
      "localhost/x__y",
      DIGEST,
      "sha512:" + "0123456789abcdef".repeat(8),
      "linux/arm64/v8"
    };
    for (int i = 0; i < texts.length; i++) {
      seeds.put("text-" + i, Seeds.text(texts[i]));
    }
    return seeds;
  }

  static Map<String, byte[]> forGoJson() {
    Map<String, byte[]> seeds = new LinkedHashMap<>();
    seeds.put("plain", "a<b>&\"\\/\t\n\r\b\f\u0000\u001f\u007f".getBytes(UTF_16BE));
    seeds.put("separators", "\u2028\u2029\u00e9\uffff\ufffd".getBytes(UTF_16BE));
    seeds.put("pairs", Seeds.bytes(0xd8, 0x3d, 0xde, 0, 0xd8, 0x3d, 0, 'a', 0xde, 0));
    return seeds;
  }
}
