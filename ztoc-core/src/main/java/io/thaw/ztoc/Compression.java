package io.thaw.ztoc;

/// How the bytes of a layer are stored, as far as a zTOC can describe it.
public enum Compression {
  /// gzip or zlib streams, one or more members. Spans start at checkpoints inside the streams.
  GZIP(1, "gzip"),
  /// A plain tar. Spans are equal pieces of it.
  UNCOMPRESSED(2, "uncompressed"),
  /// zstd frames, at least two. Spans are groups of whole frames. Thaw's own: SOCI has no such
  /// value, and this one is far from those it may come to use.
  ZSTD('z', "zstd");

  private final int wireValue;
  private final String label;

  Compression(int wireValue, String label) {
    this.wireValue = wireValue;
    this.label = label;
  }

  /// The value of `compression_algorithm` in a zTOC.
  int wireValue() {
    return wireValue;
  }

  /// The name SOCI uses in its output.
  public String label() {
    return label;
  }
}
