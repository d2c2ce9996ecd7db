package io.thaw.it.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status.Code;
import io.thaw.it.node.MountedSnapshot;
import io.thaw.it.node.Node;
import io.thaw.it.node.SnapshotsClient;
import io.thaw.it.node.Thawd;
import io.thaw.proto.containerd.snapshots.v1.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Our daemon, asked directly.
class ThawdConformanceIT extends SnapshotterConformance {
  private Path root = Path.of("");

  ThawdConformanceIT() throws IOException {}

  @Override
  SnapshotsClient start(Node node) throws IOException {
    Path log = node.dir().resolve("thawd.log");
    Thawd thawd = node.own(Thawd.start(Thawd.Setup.in(node.dir("thawd"), log)));
    root = thawd.root();
    return new SnapshotsClient(thawd.socket());
  }

  /// containerd 2.2 unpacks layers at the same time, each without a parent, and names the parents
  /// when it commits.
  @Test
  void aCommitGivesASnapshotItsParent() throws IOException {
    Path flat = Files.createDirectory(dir("flat"));
    Change lower =
        Change.all(Change.dir("d", "rwxr-xr-x"), Change.file("d/f", "lower", "rw-r--r--"));
    lower.apply(flat);
    String base = committed("base", "", lower);
    snapshots().prepare(name("top-active"), "", KEPT);
    snapshots().commit(name("top"), name("top-active"), base, KEPT);
    assertStat(name("top"), base, Kind.COMMITTED);
    assertView(flat, name("top"));
    assertRefused(Code.FAILED_PRECONDITION, () -> snapshots().remove(base));
  }

  @Test
  void aCommitCannotTakeAnotherParent() {
    String base = committed("base", "");
    String other = committed("other", "");
    snapshots().prepare(name("active"), base, KEPT);
    assertRefused(
        Code.INVALID_ARGUMENT, () -> snapshots().commit(name("c"), name("active"), other, KEPT));
    snapshots().commit(name("c"), name("active"), base, KEPT);
    assertStat(name("c"), base, Kind.COMMITTED);
  }

  @Test
  void theParentACommitNamesMustBeCommitted() {
    snapshots().prepare(name("other"), "", KEPT);
    snapshots().prepare(name("active"), "", KEPT);
    assertRefused(
        Code.FAILED_PRECONDITION,
        () -> snapshots().commit(name("c"), name("active"), name("other"), KEPT));
    assertRefused(
        Code.NOT_FOUND, () -> snapshots().commit(name("c"), name("active"), name("missing"), KEPT));
    assertStat(name("active"), "", Kind.ACTIVE);
  }

  @Test
  void namesAreNotEmpty() {
    snapshots().prepare(name("active"), "", KEPT);
    assertRefused(Code.INVALID_ARGUMENT, () -> snapshots().prepare("", "", KEPT));
    assertRefused(Code.INVALID_ARGUMENT, () -> snapshots().view("", "", KEPT));
    assertRefused(Code.INVALID_ARGUMENT, () -> snapshots().commit("", name("active"), "", KEPT));
    assertRefused(Code.INVALID_ARGUMENT, () -> snapshots().stat(""));
    assertRefused(Code.INVALID_ARGUMENT, () -> snapshots().remove(""));
  }

  @Test
  void aLabelThatIsTooLongIsRefused() {
    assertRefused(
        Code.INVALID_ARGUMENT,
        () -> snapshots().prepare(name("active"), "", Map.of("l", "x".repeat(5000))));
    assertThat(listed()).isEmpty();
  }

  @Test
  void aCleanupLeavesAloneWhatIsKnown() throws IOException {
    String base = committed("base", "", Change.file("f", "x", "rw-r--r--"));
    Path stray = Files.createDirectories(root.resolve("snapshots/123456789/fs/d"));
    snapshots().cleanup();
    assertThat(stray).doesNotExist();
    try (MountedSnapshot mounted =
        MountedSnapshot.at(dir("view"), snapshots().view(name("view"), base, KEPT))) {
      assertThat(mounted.root().resolve("f")).hasContent("x");
    }
  }

  @Test
  void nobodyAnswersWhileTheDaemonIsAway() throws IOException {
    Path away = dir("away");
    Path log = away.resolveSibling(name("away.log"));
    Path socket = away.resolve("s.sock");
    assertRefused(Code.UNAVAILABLE, () -> stat(socket));
    try (Thawd thawd = Thawd.start(Thawd.Setup.in(Files.createDirectories(away), log))) {
      assertRefused(Code.NOT_FOUND, () -> stat(socket));
      thawd.stop();
    }
    assertRefused(Code.UNAVAILABLE, () -> stat(socket));
  }

  /// With a connection of its own: one that failed is not tried again for a while.
  private static void stat(Path socket) {
    try (SnapshotsClient client = new SnapshotsClient(socket)) {
      client.stat("any");
    }
  }
}
