package io.thaw.it.userns;

import io.thaw.fuse.sys.Linux;
import io.thaw.it.node.Await;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// A user namespace with a mapping, kept by a process that does nothing.
final class UserNamespace implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Path OWN = Path.of("/proc/self/ns/user");

  private final Process keeper;
  private final int descriptor;

  private UserNamespace(Process keeper, int descriptor) {
    this.keeper = keeper;
    this.descriptor = descriptor;
  }

  /// @param uids as in containerd's labels: `CONTAINER:HOST:LENGTH`
  /// @param gids as `uids`
  static UserNamespace create(String uids, String gids) throws IOException {
    // It ends when its standard input does, at the latest with this process.
    Process keeper = new ProcessBuilder("unshare", "--user", "cat").start();
    try {
      Path proc = Path.of("/proc", Long.toString(keeper.pid()));
      Path own = Files.readSymbolicLink(OWN);
      Await.until(
          LIMIT,
          "a user namespace",
          () -> !Files.readSymbolicLink(proc.resolve("ns/user")).equals(own));
      Files.writeString(proc.resolve("uid_map"), uids.replace(':', ' '));
      Files.writeString(proc.resolve("gid_map"), gids.replace(':', ' '));
      byte[] namespace = proc.resolve("ns/user").toString().getBytes(StandardCharsets.US_ASCII);
      return new UserNamespace(keeper, Linux.openat(Linux.AT_FDCWD, namespace, Linux.O_RDONLY, 0));
    } catch (IOException e) {
      keeper.destroyForcibly();
      throw e;
    }
  }

  int descriptor() {
    return descriptor;
  }

  @Override
  public void close() throws IOException {
    Linux.close(descriptor);
    keeper.destroyForcibly();
    try {
      keeper.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
