package io.thaw.cli.analyze.scan;

/// How a layer is stored, as its first bytes tell.
public enum Compression {
  GZIP("gzip"),
  ZSTD("zstd"),
  UNCOMPRESSED("uncompressed");

  private final String label;

  Compression(String label) {
    this.label = label;
  }

  /// The word for it in reports.
  public String label() {
    return label;
  }

  static Compression of(byte[] magic) {
    if (startsWith(magic, 0x1f, 0x8b)) {
      return GZIP;
    }
    return startsWith(magic, 0x28, 0xb5, 0x2f, 0xfd) ? ZSTD : UNCOMPRESSED;
  }

  private static boolean startsWith(byte[] bytes, int... expected) {
    if (bytes.length < expected.length) {
      return false;
    }
    for (int i = 0; i < expected.length; i++) {
      if ((bytes[i] & 0xff) != expected[i]) {
        return false;
      }
    }
    return true;
  }
}
