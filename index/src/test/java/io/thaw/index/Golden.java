package io.thaw.index;

import io.thaw.index.oci.OciLayout;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// The layouts SOCI's own tools made.
final class Golden {
  static final Path LAYOUT = testdata().resolve("golden/layout");
  static final Path CONVERTED = testdata().resolve("golden/layout-converted");
  static final Digest IMAGE =
      Digest.parse("sha256:51ba2b0f2bf961e73c296a5d5a13c2da52a6eb071985f873609587d33e1f7f6d");
  static final Digest UNCONVERTED_IMAGE =
      Digest.parse("sha256:607c81685860990b419403497cca929e2a19c1388930d7f08b62398f83dfd03c");
  static final Digest SOCI_INDEX =
      Digest.parse("sha256:4ec9fd7b3cba1c6c1dac950fc3be01c4c67b361a11805131b94484de339f0553");
  static final Digest PREFETCH =
      Digest.parse("sha256:fae7e200f7ac3515abf897d7c407ef9bac9b5b2e736de1b1f733339ecec84dee");

  private Golden() {}

  /// A document of the converted layout.
  static byte[] document(Digest digest) throws IOException {
    try (OciLayout layout = OciLayout.open(CONVERTED)) {
      return layout.bytes(digest, 1 << 20);
    }
  }

  /// Size of every blob, each read to its end and so verified.
  static Map<String, Long> blobs(OciLayout layout) throws IOException {
    Map<String, Long> sizes = new TreeMap<>();
    for (Digest digest : layout.blobs()) {
      try (var in = layout.blob(digest)) {
        sizes.put(digest.toString(), (long) in.readAllBytes().length);
      }
    }
    return sizes;
  }

  private static Path testdata() {
    return Path.of(System.getProperty("thaw.testdata"));
  }
}
