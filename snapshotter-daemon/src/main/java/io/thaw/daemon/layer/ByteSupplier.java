package io.thaw.daemon.layer;

import java.io.IOException;
import java.io.InputStream;

/// Opens some bytes when they are needed.
@FunctionalInterface
public interface ByteSupplier {

  /// A new stream over the bytes; the caller closes it.
  InputStream open() throws IOException;
}
