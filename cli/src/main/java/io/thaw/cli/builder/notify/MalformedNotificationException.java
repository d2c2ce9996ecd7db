package io.thaw.cli.builder.notify;

import java.io.IOException;

/// A request body that is no notification. The message says what was expected.
public final class MalformedNotificationException extends IOException {
  private static final long serialVersionUID = 1L;

  MalformedNotificationException(String message) {
    super(message);
  }
}
