package io.thaw.index.store;

import java.io.IOException;
import java.nio.file.Path;

/// The store's database cannot be read; its content is another matter, and the remedy.
public final class DamagedStoreException extends IOException {
  private static final long serialVersionUID = 1L;

  DamagedStoreException(Path file, Throwable cause) {
    super(
        "artifact database "
            + file
            + " is damaged ("
            + cause.getMessage()
            + "); run \"thaw rebuild-db\" with the same --root to make it anew from the content",
        cause);
  }
}
