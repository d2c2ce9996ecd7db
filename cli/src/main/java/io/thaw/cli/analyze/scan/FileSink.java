package io.thaw.cli.analyze.scan;

import java.io.IOException;

/// Takes the content of one file after the other.
interface FileSink {

  /// A file with content begins.
  ///
  /// @param entry its number in the layer's table
  void begin(int entry, byte[] name, long sizeBytes) throws IOException;

  void data(byte[] buffer, int offset, int length) throws IOException;

  /// All of the file has been seen.
  void end() throws IOException;
}
