package io.thaw.it.userns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thaw.it.image.RemoteChain;
import io.thaw.it.net.LocalRegistry;
import io.thaw.it.net.RegistryAuth;
import io.thaw.it.node.Commands;
import io.thaw.it.node.MountedSnapshot;
import io.thaw.it.node.Node;
import io.thaw.it.node.SnapshotsClient;
import io.thaw.it.node.Thawd;
import io.thaw.proto.containerd.types.Mount;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Snapshots of containers with a user namespace, really mounted.
class UserNamespaceIT {
  private static final String IDS = "0:100000:65536";
  private static final Map<String, String> MAPPED =
      Map.of("containerd.io/snapshot/uidmapping", IDS, "containerd.io/snapshot/gidmapping", IDS);

  private Node node;
  private Thawd thawd;
  private SnapshotsClient snapshots;

  @BeforeEach
  void open() throws IOException {
    assumeTrue(kernelIsAtLeast(5, 19), "overlayfs takes mapped lower directories since Linux 5.19");
    node = Node.create();
    Files.setPosixFilePermissions(node.dir(), PosixFilePermissions.fromString("rwx--x--x"));
    Path log = node.dir().resolve("thawd.log");
    thawd = node.own(Thawd.start(Thawd.Setup.in(node.dir("thawd"), log)));
    snapshots = node.own(new SnapshotsClient(thawd.socket()));
  }

  @AfterEach
  void close() throws IOException {
    if (node != null) {
      node.close();
    }
  }

  @Test
  void filesOfLayersBelongToTheContainersIds() throws IOException {
    commitBase(0);
    Mount mount = snapshots.prepare("container", "base", MAPPED).getFirst();

    try (MappedSnapshot container = MappedSnapshot.at(node.dir().resolve("c"), mount)) {
      assertThat(container.owner("")).isEqualTo("100000:100000");
      assertThat(container.owner("root")).isEqualTo("100000:100000");
      assertThat(container.owner("user")).isEqualTo("101000:101000");
      // The container's root may write, and what it writes is its own.
      runAs(100_000, "echo new > new && echo more >> root", container.root());
      assertThat(container.owner("new")).isEqualTo("100000:100000");
      assertThat(container.root().resolve("root")).hasContent("root\nmore");
    }
    // Nothing of it is in the layer.
    try (MountedSnapshot view =
        MountedSnapshot.at(node.dir().resolve("v"), snapshots.view("view", "base", Map.of()))) {
      assertThat(Files.getAttribute(view.root().resolve("root"), "unix:uid")).isEqualTo(0);
      assertThat(view.root().resolve("root")).hasContent("root");
    }
  }

  @Test
  void aViewOfOneLayerIsMappedToo() throws IOException {
    commitBase(0);
    Mount mount = snapshots.view("view", "base", MAPPED).getFirst();

    try (MappedSnapshot view = MappedSnapshot.at(node.dir().resolve("v"), mount)) {
      assertThat(view.owner("root")).isEqualTo("100000:100000");
      assertThat(view.owner("user")).isEqualTo("101000:101000");
    }
  }

  @Test
  void aCopyThatContainerdChangedIsNotMappedAgain() throws IOException {
    commitBase(100_000);
    List<Mount> mounts = snapshots.prepare("container", "base", MAPPED);

    assertThat(mounts.getFirst().getOptionsList()).noneMatch(option -> option.startsWith("uidmap"));
    try (MountedSnapshot container = MountedSnapshot.at(node.dir().resolve("c"), mounts)) {
      assertThat(Files.getAttribute(container.root(), "unix:uid")).isEqualTo(100_000);
      assertThat(Files.getAttribute(container.root().resolve("user"), "unix:uid"))
          .isEqualTo(101_000);
    }
  }

  @Test
  void anEmptyRootBelongsToTheContainersRoot() throws IOException {
    try (MountedSnapshot container =
        MountedSnapshot.at(node.dir().resolve("c"), snapshots.prepare("empty", "", MAPPED))) {
      runAs(100_000, "echo new > new", container.root());
      assertThat(Files.getAttribute(container.root().resolve("new"), "unix:gid"))
          .isEqualTo(100_000);
    }
  }

  @Test
  void aLazyLayerIsMapped() throws IOException {
    assumeTrue(kernelIsAtLeast(6, 12), "FUSE takes part in mapped mounts since Linux 6.12");
    String layer = askForLazyLayer();
    assertThat(thawd.lazyMounts()).hasSize(1);
    Mount mount = snapshots.prepare("container", layer, MAPPED).getFirst();
    List<Mount> plain = snapshots.prepare("plain", layer, Map.of());

    try (MappedSnapshot mapped = MappedSnapshot.at(node.dir().resolve("c"), mount);
        MountedSnapshot unmapped = MountedSnapshot.at(node.dir().resolve("p"), plain)) {
      int files = 0;
      for (Path file : filesOf(unmapped.root())) {
        Path path = unmapped.root().relativize(file);
        Path shown = mapped.root().resolve(path);
        if (id(file, "uid") < 65_536 && id(file, "gid") < 65_536) {
          assertThat(id(shown, "uid")).as("%s", path).isEqualTo(id(file, "uid") + 100_000);
          assertThat(id(shown, "gid")).as("%s", path).isEqualTo(id(file, "gid") + 100_000);
          assertThat(Files.mismatch(shown, file)).as("%s", path).isEqualTo(-1);
          files++;
        } else {
          // Who is not mapped is nobody, and not even root may read for nobody.
          assertThat(List.of(id(shown, "uid"), id(shown, "gid"))).as("%s", path).contains(65_534);
        }
      }
      assertThat(files).isGreaterThan(10);
    }
  }

  private void commitBase(int shift) throws IOException {
    try (MountedSnapshot base =
        MountedSnapshot.at(node.dir().resolve("base"), snapshots.prepare("b", "", Map.of()))) {
      Files.writeString(base.root().resolve("root"), "root\n");
      Files.writeString(base.root().resolve("user"), "user\n");
      own(base.root(), shift);
      own(base.root().resolve("root"), shift);
      own(base.root().resolve("user"), shift + 1000);
    }
    snapshots.commit("base", "b", "", Map.of());
  }

  private static void own(Path file, int id) throws IOException {
    Commands.run("chown", id + ":" + id, file.toString());
  }

  private static void runAs(int id, String script, Path directory) throws IOException {
    Commands.run(
        List.of(
            "setpriv",
            "--reuid",
            "" + id,
            "--regid",
            "" + id,
            "--clear-groups",
            "sh",
            "-c",
            script),
        Map.of(),
        directory);
  }

  private String askForLazyLayer() throws IOException {
    LocalRegistry registry =
        node.own(
            LocalRegistry.start(
                node.dir("registry"), node.dir().resolve("registry.log"), new RegistryAuth.None()));
    Path golden = Path.of(System.getProperty("thaw.testdata"), "golden", "pax-6.tar.gz");
    RemoteChain image =
        RemoteChain.push(
            List.of(golden), node.dir().resolve("layout"), registry.address() + "/mapped:1");
    assertThat(snapshots.prepareRemote("extract", "", image.request(0))).isTrue();
    return image.names().getFirst();
  }

  /// Regular files. A whiteout in the lowest directory of an overlay is listed without being there.
  private static List<Path> filesOf(Path root) throws IOException {
    List<Path> files = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile()) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure)
              throws IOException {
            if (failure instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw failure;
          }
        });
    return files;
  }

  private static int id(Path file, String which) throws IOException {
    return (Integer) Files.getAttribute(file, "unix:" + which, LinkOption.NOFOLLOW_LINKS);
  }

  private static boolean kernelIsAtLeast(int major, int minor) {
    String[] version = System.getProperty("os.version").split("[.-]", 3);
    int have = Integer.parseInt(version[0]);
    return have > major || (have == major && Integer.parseInt(version[1]) >= minor);
  }
}
