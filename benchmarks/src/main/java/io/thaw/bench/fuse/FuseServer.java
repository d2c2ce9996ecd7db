package io.thaw.bench.fuse;

import io.thaw.fuse.FuseBackend;
import io.thaw.fuse.FuseSession;
import io.thaw.fuse.LayerFilesystem;
import io.thaw.fuse.MountOptions;
import io.thaw.fuse.backend.FuseBackends;
import io.thaw.ztoc.Toc;
import io.thaw.ztoc.TocBuilder;
import io.thaw.ztoc.ZtocBuilder;
import io.thaw.ztoc.ZtocOptions;
import io.thaw.ztoc.tree.LayerTree;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/// Shows a directory as a layer, in a process of its own as bindfs does: `BACKEND DIRECTORY
/// MOUNTPOINT`. Prints [#READY] when it is mounted; unmounts when its standard input ends.
public final class FuseServer {
  static final String READY = "mounted";

  private FuseServer() {}

  public static void main(String[] args) throws IOException {
    System.setProperty("logback.configurationFile", "io/thaw/it/logback-quiet.xml");
    Path directory = Path.of(args[1]);
    LayerTree tree = LayerTree.of(toc(directory));
    try (FuseBackend backend = FuseBackends.open(args[0]);
        DirectoryContent content = new DirectoryContent(tree, directory);
        FuseSession session =
            backend.mount(
                new LayerFilesystem("bench", tree, content),
                Path.of(args[2]),
                MountOptions.defaults())) {
      System.out.println(session.isOpen() ? READY : "not mounted");
      System.in.readAllBytes();
    }
  }

  /// The file list of the directory as a layer.
  private static Toc toc(Path directory) throws IOException {
    Process tar =
        new ProcessBuilder("tar", "--sort=name", "-C", directory.toString(), "-cf", "-", ".")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    TocBuilder toc = Toc.builder();
    try (InputStream stored = tar.getInputStream()) {
      new ZtocBuilder(ZtocOptions.DEFAULT).build(stored, toc::add).close();
      return toc.build();
    } finally {
      tar.destroy();
    }
  }
}
