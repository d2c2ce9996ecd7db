package io.thaw.ztoc;

/// How the bytes of a layer are stored, as far as a zTOC can describe it.
public enum Compression {
  /// gzip or zlib streams, one or more members. Spans start at checkpoints inside the streams.
  GZIP(1, "gzip"),
  /// A plain tar. Spans are equal pieces of it.
  UNCOMPRESSED(2, "uncompressed");

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
