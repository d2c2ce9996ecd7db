package io.thaw.fuse.jnr;

import io.thaw.fuse.FuseBackend;
import io.thaw.fuse.FuseSession;
import io.thaw.fuse.LayerContent;
import io.thaw.fuse.LayerFilesystem;
import io.thaw.fuse.MountOptions;
import io.thaw.ztoc.Toc;
import io.thaw.ztoc.tree.LayerTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import ru.serce.jnrfuse.FuseException;

/// Mounts through libfuse 2, which has threads of its own for every mount. Needs the package
/// libfuse2.
public final class JnrFuseBackend implements FuseBackend {
  private final Set<JnrFuseSession> sessions = ConcurrentHashMap.newKeySet();

  private JnrFuseBackend() {}

  /// Loads libfuse.
  ///
  /// @throws IOException if libfuse 2 is not installed
  public static JnrFuseBackend open() throws IOException {
    LayerTree nothing = LayerTree.of(Toc.builder().build());
    try {
      JnrFilesystem unused =
          new JnrFilesystem(new LayerFilesystem("nothing", nothing, new NoContent()));
      unused.isDestroyed();
    } catch (LinkageError e) {
      throw new IOException(
          "fuse.backend \"jnr\" needs libfuse 2 (package libfuse2): " + e.getMessage(), e);
    }
    return new JnrFuseBackend();
  }

  private static final class NoContent implements LayerContent {
    @Override
    public int readIfPresent(int node, long offset, ByteBuffer dst) {
      return ABSENT;
    }

    @Override
    public int read(int node, long offset, ByteBuffer dst) throws IOException {
      throw new IOException("an empty layer has no files");
    }
  }

  @Override
  public String name() {
    return "jnr";
  }

  @Override
  public FuseSession mount(LayerFilesystem filesystem, Path mountpoint, MountOptions options)
      throws IOException {
    Path target = mountpoint.toRealPath();
    try {
      JnrFilesystem callbacks = new JnrFilesystem(filesystem);
      callbacks.mount(
          target, false, false, JnrFilesystem.options(filesystem, options.allowOther()));
      JnrFuseSession session = new JnrFuseSession(target, callbacks, sessions::remove);
      sessions.add(session);
      return session;
    } catch (FuseException e) {
      throw new IOException(
          "libfuse cannot mount layer "
              + filesystem.name()
              + " at "
              + target
              + ": "
              + e.getMessage(),
          e);
    } catch (LinkageError e) {
      throw new IOException(
          "fuse.backend \"jnr\" needs libfuse 2 (package libfuse2): " + e.getMessage(), e);
    }
  }

  @Override
  public void close() throws IOException {
    IOException first = null;
    for (JnrFuseSession session : List.copyOf(sessions)) {
      try {
        session.close();
      } catch (IOException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
