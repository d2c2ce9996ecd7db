package io.thaw.daemon.main;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Closes what was started, the last first; a failure is logged and the rest goes on.
final class Closers implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Closers.class);

  private record Named(String name, AutoCloseable part) {}

  private final Deque<Named> parts = new ArrayDeque<>();

  <T extends AutoCloseable> T add(String name, T part) {
    parts.push(new Named(name, part));
    return part;
  }

  @Override
  public void close() {
    while (!parts.isEmpty()) {
      Named named = parts.pop();
      try {
        named.part().close();
      } catch (Exception e) {
        LOG.atWarn().addKeyValue("part", named.name()).setCause(e).log("could not be closed");
      }
    }
  }
}
