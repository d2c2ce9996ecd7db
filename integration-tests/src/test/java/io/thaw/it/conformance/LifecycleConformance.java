package io.thaw.it.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.grpc.Status.Code;
import io.thaw.it.node.MountedSnapshot;
import io.thaw.it.node.SnapshotsClient;
import io.thaw.proto.containerd.snapshots.v1.Info;
import io.thaw.proto.containerd.snapshots.v1.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// The rules of containerd's snapshotter interface that are about names, kinds, parents, labels
/// and times.
abstract class LifecycleConformance extends ListConformance {
  private static final int CALLERS = 8;

  LifecycleConformance() throws IOException {}

  @Test
  void aCommitTakesTheNameAndFreesTheKey() {
    snapshots().prepare(name("key"), "", KEPT);
    assertStat(name("key"), "", Kind.ACTIVE);
    snapshots().commit(name("committed"), name("key"), "", KEPT);
    assertStat(name("committed"), "", Kind.COMMITTED);
    assertRefused(Code.NOT_FOUND, () -> snapshots().stat(name("key")));
    snapshots().prepare(name("key"), name("committed"), KEPT);
    assertStat(name("key"), name("committed"), Kind.ACTIVE);
  }

  @Test
  void aViewIsOfItsOwnKind() {
    String base = committed("base", "");
    snapshots().view(name("view"), base, KEPT);
    snapshots().view(name("empty-view"), "", KEPT);
    assertStat(name("view"), base, Kind.VIEW);
    assertStat(name("empty-view"), "", Kind.VIEW);
  }

  @Test
  void aSnapshotIsKnownWhileItIsMounted() throws IOException {
    String base = committed("base", "", Change.file("foo", "foo\n", "rwxrwxrwx"));
    try (MountedSnapshot mounted =
        MountedSnapshot.at(dir("active"), snapshots().prepare(name("active"), base, KEPT))) {
      Files.writeString(mounted.root().resolve("bar"), "bar\n");
      assertStat(name("active"), base, Kind.ACTIVE);
      snapshots().commit(name("committed"), name("active"), "", KEPT);
      assertStat(name("committed"), base, Kind.COMMITTED);
    }
  }

  @Test
  void aCallerThatLeavesDisturbsNoOther() {
    SnapshotsClient other = snapshots().another();
    other.prepare(name("key"), "", KEPT);
    other.close();
    other.close();
    assertStat(name("key"), "", Kind.ACTIVE);
    snapshots().remove(name("key"));
  }

  @Test
  void aParentKnowsItsOwnParent() {
    String a = committed("a", "");
    String b = committed("b", a);
    String c = committed("c", b);
    assertThat(snapshots().stat(snapshots().stat(c).getParent()).getParent()).isEqualTo(a);
    assertThat(snapshots().stat(a).getParent()).isEmpty();
  }

  @Test
  void aKeyThatIsTakenIsRefused() {
    String base = committed("base", "");
    snapshots().prepare(name("active"), base, KEPT);
    snapshots().view(name("view"), base, KEPT);
    for (String taken : List.of(name("active"), name("view"), base)) {
      assertRefused(Code.ALREADY_EXISTS, () -> snapshots().prepare(taken, base, KEPT));
      assertRefused(Code.ALREADY_EXISTS, () -> snapshots().view(taken, base, KEPT));
    }
    assertRefused(Code.ALREADY_EXISTS, () -> snapshots().commit(base, name("active"), "", KEPT));
    assertStat(name("active"), base, Kind.ACTIVE);
  }

  @Test
  void whatDoesNotExistIsNotFound() {
    String missing = name("missing");
    assertRefused(Code.NOT_FOUND, () -> snapshots().stat(missing));
    assertRefused(Code.NOT_FOUND, () -> snapshots().mounts(missing));
    assertRefused(Code.NOT_FOUND, () -> snapshots().usage(missing));
    assertRefused(Code.NOT_FOUND, () -> snapshots().remove(missing));
    assertRefused(Code.NOT_FOUND, () -> snapshots().commit(name("new"), missing, "", KEPT));
    assertRefused(Code.NOT_FOUND, () -> snapshots().prepare(name("child"), missing, KEPT));
    assertRefused(Code.NOT_FOUND, () -> snapshots().view(name("child"), missing, KEPT));
    assertRefused(
        Code.NOT_FOUND,
        () -> snapshots().update(Info.newBuilder().setName(missing).putLabels("a", "b").build()));
  }

  @Test
  void onlyACommittedSnapshotCanBeAParent() {
    snapshots().prepare(name("active"), "", KEPT);
    assertRefused(
        Code.INVALID_ARGUMENT, () -> snapshots().prepare(name("child"), name("active"), KEPT));
    assertRefused(
        Code.INVALID_ARGUMENT, () -> snapshots().view(name("child"), name("active"), KEPT));
  }

  @Test
  void onlyAnActiveSnapshotCanBeCommitted() {
    String base = committed("base", "");
    snapshots().view(name("view"), base, KEPT);
    assertRefused(
        Code.FAILED_PRECONDITION, () -> snapshots().commit(name("new"), name("view"), "", KEPT));
    assertRefused(Code.FAILED_PRECONDITION, () -> snapshots().commit(name("new"), base, "", KEPT));
  }

  @Test
  void aCommittedSnapshotHasNoMounts() {
    String base = committed("base", "");
    assertRefused(Code.FAILED_PRECONDITION, () -> snapshots().mounts(base));
  }

  @Test
  void mountsAreTheSameHoweverOftenOneAsks() {
    String base = committed("base", committed("bottom", ""));
    assertThat(snapshots().prepare(name("active"), base, KEPT))
        .isNotEmpty()
        .isEqualTo(snapshots().mounts(name("active")));
    assertThat(snapshots().view(name("view"), base, KEPT))
        .isNotEmpty()
        .isEqualTo(snapshots().mounts(name("view")));
  }

  @Test
  void aSnapshotWithChildrenStaysUntilTheyAreGone() {
    String base = committed("base", "");
    String middle = committed("middle", base);
    snapshots().prepare(name("top"), middle, KEPT);
    assertRefused(Code.FAILED_PRECONDITION, () -> snapshots().remove(middle));
    assertRefused(Code.FAILED_PRECONDITION, () -> snapshots().remove(base));
    snapshots().remove(name("top"));
    snapshots().remove(middle);
    snapshots().remove(base);
    assertThat(listed()).isEmpty();
  }

  @Test
  void aNameThatWasRemovedCanBeUsedAgain() {
    String base = committed("base", "");
    snapshots().prepare(name("key"), base, KEPT);
    snapshots().remove(name("key"));
    snapshots().view(name("key"), base, KEPT);
    snapshots().remove(name("key"));
    snapshots().prepare(name("key"), "", KEPT);
    snapshots().remove(base);
    snapshots().commit(base, name("key"), "", KEPT);
    assertStat(base, "", Kind.COMMITTED);
  }

  @Test
  void anUpdateChangesLabelsAndTheTimeAndNothingElse() {
    for (String name : oneOfEach()) {
      Info before = snapshots().stat(name);
      assertThat(before.getUpdatedAt()).as(name).isEqualTo(before.getCreatedAt());
      Map<String, String> labels = labels("l1", "v1", "l2", "v2", "l3", "v3");
      Info wanted =
          before.toBuilder().setParent("doesnotexist").clearLabels().putAllLabels(labels).build();
      Instant start = Instant.now();
      Info after = snapshots().update(wanted);

      assertThat(instant(after.getUpdatedAt())).as(name).isBetween(start, Instant.now());
      assertThat(after.getLabelsMap()).isEqualTo(labels);
      assertThat(after.toBuilder().clearLabels().clearUpdatedAt().build())
          .isEqualTo(before.toBuilder().clearLabels().clearUpdatedAt().build());
      assertThat(snapshots().stat(name)).isEqualTo(after);
    }
  }

  @Test
  void aFieldMaskChangesOnlyTheLabelsItNames() {
    for (String name : oneOfEach()) {
      Info info = snapshots().stat(name);
      snapshots().update(with(info, labels("l1", "v1", "l2", "v2", "l3", "v3")));
      Info some = with(info, Map.of("l1", "updated", "l4", "v4"));
      assertThat(snapshots().update(some, "labels.l1", "labels.l2").getLabelsMap())
          .isEqualTo(labels("l1", "updated", "l3", "v3"));
      assertThat(snapshots().update(with(info, labels("l4", "v4")), "labels").getLabelsMap())
          .isEqualTo(labels("l4", "v4"));
    }
  }

  @Test
  void otherFieldsCannotBeUpdated() {
    for (String name : oneOfEach()) {
      Info before = snapshots().stat(name);
      Info wanted = before.toBuilder().setParent("doesnotexist").putLabels("l", "new").build();
      assertRefused(Code.INVALID_ARGUMENT, () -> snapshots().update(wanted, "parent"));
      assertRefused(Code.INVALID_ARGUMENT, () -> snapshots().update(wanted, "created"));
      assertRefused(Code.INVALID_ARGUMENT, () -> snapshots().update(wanted, "kind"));
      assertRefused(Code.INVALID_ARGUMENT, () -> snapshots().update(wanted, "name"));
      // One that can be changed beside one that cannot: nothing is.
      assertRefused(Code.INVALID_ARGUMENT, () -> snapshots().update(wanted, "labels", "parent"));
      assertThat(snapshots().stat(name)).isEqualTo(before);
    }
  }

  @Test
  void theCommittedSnapshotHasItsOwnLabelsAndTimes() {
    snapshots().prepare(name("key"), "", labels("of", "the active"));
    Instant start = Instant.now();
    snapshots().commit(name("committed"), name("key"), "", labels("of", "the committed"));
    Info info = snapshots().stat(name("committed"));
    assertThat(info.getLabelsMap()).isEqualTo(labels("of", "the committed"));
    assertThat(instant(info.getCreatedAt())).isBetween(start, Instant.now());
  }

  @Test
  void usageCountsWhatTheSnapshotAddsAndNotItsParents() throws IOException {
    String base =
        committed("base", "", Change.file("big", "0123456789abcdef".repeat(1 << 16), "rw-r--r--"));
    try (MountedSnapshot mounted =
        MountedSnapshot.at(dir("top"), snapshots().prepare(name("top"), base, KEPT))) {
      Files.write(mounted.root().resolve("small"), "x".repeat(8 << 10).getBytes(UTF_8));
    }
    assertThat(snapshots().usage(base).getSize()).isBetween(1L << 20, (1L << 20) + (64 << 10));
    assertThat(snapshots().usage(base).getInodes()).isEqualTo(2);
    assertThat(snapshots().usage(name("top")).getSize()).isBetween(8L << 10, 64L << 10);
    snapshots().commit(name("committed"), name("top"), "", KEPT);
    assertThat(snapshots().usage(name("committed")).getInodes()).isEqualTo(2);
  }

  @Test
  void ofManyCallersWithOneKeyOneWins() throws Exception {
    List<Code> answers = new ArrayList<>();
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Code>> calls = new ArrayList<>();
      for (int i = 0; i < CALLERS; i++) {
        calls.add(callers.submit(() -> refusal(() -> snapshots().prepare(name("k"), "", KEPT))));
      }
      for (Future<Code> call : calls) {
        answers.add(call.get());
      }
    }
    assertThat(answers).containsOnlyOnce(Code.OK);
    assertThat(answers)
        .allMatch(code -> List.of(Code.OK, Code.ALREADY_EXISTS, Code.UNAVAILABLE).contains(code));
    assertThat(listed()).isEqualTo(names("k"));
  }

  @Test
  void callersWorkSideBySide() throws ExecutionException, InterruptedException {
    String base = committed("base", "");
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> calls = new ArrayList<>();
      for (int i = 0; i < CALLERS; i++) {
        String mine = "c" + i;
        calls.add(callers.submit(() -> chainUpAndDown(mine, base)));
      }
      for (Future<?> call : calls) {
        call.get();
      }
    }
    assertThat(listed()).isEqualTo(names("base"));
  }

  private void chainUpAndDown(String mine, String base) {
    String parent = base;
    List<String> made = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      parent = committed(mine + "-" + i, parent);
      made.add(parent);
    }
    made.reversed().forEach(snapshots()::remove);
  }

  private static Info with(Info info, Map<String, String> labels) {
    return info.toBuilder().clearLabels().putAllLabels(labels).build();
  }

  private static Map<String, String> labels(String... pairs) {
    Map<String, String> labels = new HashMap<>(KEPT);
    for (int i = 0; i < pairs.length; i += 2) {
      labels.put(pairs[i], pairs[i + 1]);
    }
    return labels;
  }

  private static Instant instant(Timestamp timestamp) {
    return Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos());
  }
}
