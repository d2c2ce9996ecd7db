package io.thaw.cli.analyze.scan;

import java.io.IOException;
import java.io.InputStream;

/// The content of a small file of the image, kept while the layer streamed past.
public interface Document {

  /// No document is larger than this.
  int MAX_BYTES = 512 << 20;

  long sizeBytes();

  /// A new stream over all bytes; the caller closes it.
  InputStream open() throws IOException;
}
