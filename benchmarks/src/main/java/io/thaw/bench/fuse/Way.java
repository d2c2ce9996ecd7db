package io.thaw.bench.fuse;

import io.thaw.bench.Shell;
import io.thaw.fuse.sys.Mounts;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One way to see the same directory: itself, or a mount that another process serves.
final class Way implements Closeable {
  private static final int PATIENCE_SECONDS = 60;

  private final Path root;
  private final @Nullable Process server;

  private Way(Path root, @Nullable Process server) {
    this.root = root;
    this.server = server;
  }

  static Way directly(Path directory) {
    return new Way(directory, null);
  }

  /// Our own file system.
  ///
  /// @param backend `kernel` or `jnr`
  static Way ours(String backend, Path directory, Path mountpoint) throws IOException {
    String java = Path.of(System.getProperty("java.home", "")).resolve("bin/java").toString();
    Process process =
        new ProcessBuilder(
                java,
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path", ""),
                FuseServer.class.getName(),
                backend,
                directory.toString(),
                mountpoint.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    Way way = new Way(mountpoint, process);
    String said = process.inputReader(StandardCharsets.UTF_8).readLine();
    if (!FuseServer.READY.equals(said)) {
      way.close();
      throw new IOException("the " + backend + " backend did not mount; it said: " + said);
    }
    return way;
  }

  /// bindfs, which goes to the background once it has mounted.
  static Way bindfs(Path directory, Path mountpoint) throws IOException {
    Shell.run("bindfs -o ro \"$1\" \"$2\"", directory.toString(), mountpoint.toString());
    return new Way(mountpoint, null);
  }

  Path root() {
    return root;
  }

  @Override
  public void close() throws IOException {
    if (server != null) {
      server.getOutputStream().close();
      try {
        if (!server.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
          server.destroyForcibly();
        }
      } catch (InterruptedException e) {
        server.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
    unmountIfMounted();
  }

  private void unmountIfMounted() throws IOException {
    String mounted = root.toString();
    List<Mounts.Entry> mounts = Mounts.list();
    if (mounts.stream().anyMatch(entry -> entry.mountpoint().equals(mounted))) {
      Mounts.unmount(root, Mounts.MNT_DETACH);
    }
  }
}
