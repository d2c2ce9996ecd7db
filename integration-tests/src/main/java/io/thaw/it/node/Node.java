package io.thaw.it.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A private directory and everything that runs in it.
///
/// Whatever is handed to [#own] is closed with the node, the last first. After that no mount is
/// left below the directory and the directory is gone; a step that fails does not keep the later
/// ones from being taken. A shutdown hook does the same when the JVM is interrupted. Not for
/// concurrent use.
public final class Node implements AutoCloseable {
  // Not below /tmp: that may be a tmpfs, and image layers belong on a disk. Short, because socket
  // paths have 107 bytes.
  private static final Path BASE = Path.of("/var/tmp");
  private static final Set<Node> OPEN = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(Node::closeAllQuietly, "node-cleanup"));
  }

  private final Path dir;
  private final Deque<AutoCloseable> owned = new ArrayDeque<>();

  private Node(Path dir) {
    this.dir = dir;
  }

  /// A node in a fresh directory.
  public static Node create() throws IOException {
    Node node = new Node(Files.createTempDirectory(BASE, "thaw-").toRealPath());
    OPEN.add(node);
    return node;
  }

  public Path dir() {
    return dir;
  }

  /// A new or existing directory of the node.
  public Path dir(String name) throws IOException {
    return Files.createDirectories(dir.resolve(name));
  }

  /// Hands over something to be closed with the node and returns it.
  public synchronized <T extends AutoCloseable> T own(T resource) {
    owned.push(resource);
    return resource;
  }

  /// Closes `resource` now instead of with the node.
  public void release(AutoCloseable resource) throws IOException {
    synchronized (this) {
      owned.remove(resource);
    }
    closeOne(resource);
  }

  /// Copies the node's log files to `target`, for someone who wants to know what went wrong.
  public void copyLogs(Path target) throws IOException {
    Files.createDirectories(target);
    try (Stream<Path> files = Files.list(dir)) {
      for (Path file :
          (Iterable<Path>) files.filter(f -> f.toString().endsWith(".log"))::iterator) {
        Files.copy(file, target.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  @Override
  public void close() throws IOException {
    if (!OPEN.remove(this)) {
      return;
    }
    IOException failure = null;
    for (AutoCloseable resource = pop(); resource != null; resource = pop()) {
      failure = attempt(failure, resource);
    }
    failure = attempt(failure, () -> Mounts.removeAllUnder(dir));
    failure = attempt(failure, this::deleteDir);
    if (failure != null) {
      throw failure;
    }
  }

  private synchronized @Nullable AutoCloseable pop() {
    return owned.poll();
  }

  private void deleteDir() throws IOException {
    if (!Mounts.under(dir).isEmpty()) {
      throw new IOException("Not deleting " + dir + ": it still has mounts below it");
    }
    Commands.run("rm", "-rf", "--one-file-system", dir.toString());
  }

  private static @Nullable IOException attempt(@Nullable IOException earlier, AutoCloseable step) {
    try {
      closeOne(step);
      return earlier;
    } catch (IOException e) {
      if (earlier == null) {
        return e;
      }
      earlier.addSuppressed(e);
      return earlier;
    }
  }

  private static void closeOne(AutoCloseable resource) throws IOException {
    try {
      resource.close();
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      throw new IOException("Could not close " + resource.getClass().getSimpleName(), e);
    }
  }

  private static void closeAllQuietly() {
    for (Node node : OPEN) {
      try {
        node.close();
      } catch (IOException e) {
        System.err.println("Cleaning up " + node.dir + " failed: " + e.getMessage());
      }
    }
  }
}
