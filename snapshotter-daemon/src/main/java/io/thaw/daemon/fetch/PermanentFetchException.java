package io.thaw.daemon.fetch;

import java.io.IOException;

/// The source answered, and the answer was no: asking again soon is pointless.
public final class PermanentFetchException extends IOException {
  private static final long serialVersionUID = 1L;

  public PermanentFetchException(String message, Throwable cause) {
    super(message, cause);
  }
}
