package io.thaw.index;

import java.io.IOException;

/// No layer of the image can or should be indexed; SOCI makes this an error, and so do we, because
/// an image without any zTOC starts no faster than before.
public final class NothingToIndexException extends IOException {
  private static final long serialVersionUID = 1L;

  public NothingToIndexException(String message) {
    super(message);
  }
}
