package io.thaw.registry.hosts;

import java.io.IOException;

/// A `hosts.toml` that cannot be used. The message names file, line, what is wrong and what to do.
public final class HostsFileException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int line;

  HostsFileException(String source, int line, String problem) {
    super(source + ":" + line + ": " + problem);
    this.line = line;
  }

  /// Line in the file, counted from 1.
  public int line() {
    return line;
  }
}
