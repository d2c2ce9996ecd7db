package io.thaw.daemon.fetch;

import java.io.IOException;

/// A span has arrived and is right, but there is no room for it and no reader waits for it.
public final class SpanNotKeptException extends IOException {
  private static final long serialVersionUID = 1;

  public SpanNotKeptException(String message) {
    super(message);
  }
}
