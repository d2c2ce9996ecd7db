package io.thaw.it.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.thaw.it.node.ContainerdRelease;
import io.thaw.it.node.MountedSnapshot;
import io.thaw.it.node.Node;
import io.thaw.it.node.SnapshotsClient;
import io.thaw.it.tree.TreeManifest;
import io.thaw.proto.containerd.snapshots.v1.Info;
import io.thaw.proto.containerd.snapshots.v1.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/// A snapshotter that is alive behind a socket, and what the conformance rules need to judge it.
/// All tests of a class share it, so each names its snapshots apart.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class SnapshotterFixture {
  /// Without it containerd's own garbage collection takes a snapshot that nothing refers to.
  static final Map<String, String> KEPT = Map.of("containerd.io/gc.root", "conformance");

  private static final AtomicInteger TESTS = new AtomicInteger();

  private final Node node;
  private SnapshotsClient snapshots;
  private String prefix = "";

  SnapshotterFixture() throws IOException {
    this.node = Node.create();
  }

  /// Starts the snapshotter in `node`, which ends it.
  abstract SnapshotsClient start(Node node) throws IOException;

  /// The containerd the snapshotter is in or behind, if it is.
  ContainerdRelease release() {
    return ContainerdRelease.HOST;
  }

  @BeforeAll
  void startSnapshotter() throws IOException {
    Optional<String> unusable = release().unusable();
    assumeTrue(unusable.isEmpty(), () -> unusable.orElse(""));
    snapshots = node.own(start(node));
  }

  @BeforeEach
  void nameApart() {
    prefix = "t" + TESTS.incrementAndGet() + "-";
  }

  @AfterAll
  void end() throws IOException {
    node.close();
  }

  final SnapshotsClient snapshots() {
    return snapshots;
  }

  /// A name no other test uses.
  final String name(String name) {
    return prefix + name;
  }

  final Path dir(String name) {
    return node.dir().resolve(prefix + name);
  }

  /// Commits an empty snapshot.
  final String committed(String name, String parent) {
    snapshots.prepare(name(name + "-active"), parent, KEPT);
    snapshots.commit(name(name), name(name + "-active"), "", KEPT);
    return name(name);
  }

  /// Commits what `change` makes of the parent.
  final String committed(String name, String parent, Change change) throws IOException {
    try (MountedSnapshot mounted =
        MountedSnapshot.at(
            dir(name + "-active"), snapshots.prepare(name(name + "-active"), parent, KEPT))) {
      change.apply(mounted.root());
    }
    snapshots.commit(name(name), name(name + "-active"), "", KEPT);
    return name(name);
  }

  /// Checks that snapshots on top of each other hold what the same changes make of one directory,
  /// in an active snapshot before and after each change and in a view at the end.
  final void assertLayers(Change... changes) throws IOException {
    Path flat = node.dir(prefix + "flat");
    String parent = "";
    for (int i = 0; i < changes.length; i++) {
      String key = name("layer-" + i + "-active");
      try (MountedSnapshot mounted =
          MountedSnapshot.at(dir("layer-" + i), snapshots.prepare(key, parent, KEPT))) {
        assertSame(flat, mounted.root());
        changes[i].apply(flat);
        changes[i].apply(mounted.root());
        assertSame(flat, mounted.root());
      }
      parent = name("layer-" + i);
      snapshots.commit(parent, key, "", KEPT);
    }
    assertView(flat, parent);
  }

  /// Checks that a view of a committed snapshot holds what `flat` does.
  final void assertView(Path flat, String committed) throws IOException {
    String key = name("final-view");
    try (MountedSnapshot view =
        MountedSnapshot.at(dir("view"), snapshots.view(key, committed, KEPT))) {
      assertSame(flat, view.root());
    }
    snapshots.remove(key);
  }

  static void assertSame(Path expected, Path actual) throws IOException {
    TreeManifest wanted = TreeManifest.of(expected).withoutTimes();
    assertThat(wanted.differencesTo(TreeManifest.of(actual).withoutTimes())).isEmpty();
  }

  static void assertRefused(Status.Code code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            refusal -> assertThat(refusal.getStatus().getCode()).isEqualTo(code));
  }

  final void assertStat(String name, String parent, Kind kind) {
    Info info = snapshots.stat(name);
    assertThat(info.getName()).isEqualTo(name);
    assertThat(info.getParent()).isEqualTo(parent);
    assertThat(info.getKind()).isEqualTo(kind);
  }

  /// Names that a list with these filters gives, of this test's snapshots.
  final List<String> listed(String... filters) {
    return snapshots.list(filters).stream()
        .map(Info::getName)
        .filter(name -> name.startsWith(prefix))
        .sorted()
        .toList();
  }

  /// Makes snapshots of each kind with and without parents and returns their names: `c1`, `c2` on
  /// it, `a1` and `v1` on that, `a2` and `v2` on nothing.
  final List<String> oneOfEach() {
    committed("c1", "");
    committed("c2", name("c1"));
    snapshots().prepare(name("a1"), name("c2"), KEPT);
    snapshots().prepare(name("a2"), "", KEPT);
    snapshots().view(name("v1"), name("c2"), KEPT);
    snapshots().view(name("v2"), "", KEPT);
    return names("c1", "c2", "a1", "a2", "v1", "v2");
  }

  final List<String> names(String... names) {
    return List.of(names).stream().map(this::name).toList();
  }

  /// What a call is refused with; OK if it is not.
  static Status.Code refusal(Runnable call) {
    try {
      call.run();
      return Status.Code.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode();
    }
  }
}
