package io.thaw.daemon.snapshot.filter;

import java.io.IOException;

/// An expression that is no filter.
public final class FilterException extends IOException {
  private static final long serialVersionUID = 1L;

  FilterException(String input, int position, String problem) {
    super("filter \"%s\", position %d: %s".formatted(input, position, problem));
  }
}
