package io.thaw.registry;

import java.io.IOException;
import java.io.InputStream;

/// Content to be pushed; opened again for every attempt.
@FunctionalInterface
public interface BlobSource {

  /// A new stream over the whole content; the caller closes it.
  InputStream open() throws IOException;
}
