package io.thaw.daemon.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.daemon.cover.LayerFrame;
import io.thaw.daemon.snapshot.SnapshotException.Code;
import io.thaw.ztoc.EntryType;
import io.thaw.ztoc.Toc;
import io.thaw.ztoc.TocBuilder;
import io.thaw.ztoc.TocEntry;
import io.thaw.ztoc.tree.LayerTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotterTest {
  private static final String TARGET = "sha256:chain1";
  private static final Map<String, String> NONE = Map.of();

  @TempDir Path root;
  private final FakeLayers layers = new FakeLayers();
  private MetadataStore store;
  private Snapshotter snapshotter;

  @BeforeEach
  void open() throws IOException {
    store = MetadataStore.open(root.resolve("metadata.db"));
    snapshotter =
        new Snapshotter(
            store,
            SnapshotDirectories.open(root),
            new OverlayMounts(List.of("index=off")),
            layers,
            layers);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void anActiveSnapshotWithoutParentIsAWritableBind() throws IOException {
    List<Mount> mounts = snapshotter.prepare("a", "", NONE);

    assertThat(mounts)
        .containsExactly(
            new Mount("bind", root.resolve("snapshots/1/fs").toString(), List.of("rw", "rbind")));
    assertThat(root.resolve("snapshots/1/work")).isDirectory();
    assertThat(snapshotter.mounts("a")).isEqualTo(mounts);
  }

  @Test
  void aViewWithoutParentIsAReadOnlyBind() throws IOException {
    assertThat(snapshotter.view("v", "", NONE).getFirst().options()).containsExactly("ro", "rbind");
    assertThat(root.resolve("snapshots/1/work")).doesNotExist();
  }

  @Test
  void aViewOfOneLayerIsAReadOnlyBindOfTheParent() throws IOException {
    commitEmpty("base", "");

    assertThat(snapshotter.view("v", "base", NONE))
        .containsExactly(
            new Mount("bind", root.resolve("snapshots/1/fs").toString(), List.of("ro", "rbind")));
  }

  @Test
  void anActiveSnapshotOnAChainIsAnOverlayWithTheParentFirst() throws IOException {
    commitEmpty("l1", "");
    commitEmpty("l2", "l1");

    List<Mount> mounts = snapshotter.prepare("c", "l2", NONE);

    Path s = root.resolve("snapshots");
    assertThat(mounts)
        .containsExactly(
            new Mount(
                "overlay",
                "overlay",
                List.of(
                    "workdir=" + s.resolve("3/work"),
                    "upperdir=" + s.resolve("3/fs"),
                    "lowerdir=" + s.resolve("2/fs") + ":" + s.resolve("1/fs"),
                    "index=off")));
  }

  @Test
  void aViewOfAChainIsAnOverlayWithoutUpper() throws IOException {
    commitEmpty("l1", "");
    commitEmpty("l2", "l1");

    assertThat(snapshotter.view("v", "l2", NONE).getFirst().options())
        .containsExactly(
            "lowerdir=" + root.resolve("snapshots/2/fs") + ":" + root.resolve("snapshots/1/fs"),
            "index=off");
  }

  @Test
  void theRootOfASnapshotHasItsParentsOwnerAndAModeOfItsOwn() throws IOException {
    commitEmpty("l1", "");
    Path base = root.resolve("snapshots/1/fs");
    Files.setPosixFilePermissions(base, PosixFilePermissions.fromString("rwxrwx--x"));

    snapshotter.prepare("c", "l1", NONE);

    Path top = root.resolve("snapshots/2/fs");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(top)))
        .isEqualTo("rwxr-xr-x");
    assertThat(Owner.of(top)).isEqualTo(Owner.of(base));
  }

  @Test
  void onlyTheDaemonLooksIntoItsRoot() throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root)))
        .isEqualTo("rwx------");
  }

  @Test
  void parentsMustExistAndBeCommitted() throws IOException {
    snapshotter.prepare("a", "", NONE);

    assertFails(Code.NOT_FOUND, () -> snapshotter.prepare("b", "missing", NONE));
    assertFails(Code.INVALID_ARGUMENT, () -> snapshotter.prepare("b", "a", NONE));
    assertFails(Code.ALREADY_EXISTS, () -> snapshotter.prepare("a", "", NONE));
    assertFails(Code.INVALID_ARGUMENT, () -> snapshotter.prepare("", "", NONE));
    assertThat(snapshotter.list(List.of())).hasSize(1);
  }

  @Test
  void committingReplacesLabelsAndMeasuresTheFiles() throws IOException {
    snapshotter.prepare("a", "", Map.of("x", "1"));
    Files.write(root.resolve("snapshots/1/fs/file"), new byte[10_000]);

    snapshotter.commit("base", "a", "", Map.of("y", "2"));

    SnapshotInfo info = snapshotter.stat("base");
    assertThat(info.kind()).isEqualTo(Kind.COMMITTED);
    assertThat(info.labels()).isEqualTo(Map.of("y", "2"));
    assertThat(snapshotter.usage("base").sizeBytes()).isBetween(10_000L, 100_000L);
    assertThat(snapshotter.usage("base").inodes()).isEqualTo(2);
    assertFails(Code.NOT_FOUND, () -> snapshotter.stat("a"));
    assertFails(Code.FAILED_PRECONDITION, () -> snapshotter.mounts("base"));
  }

  @Test
  void onlyActiveSnapshotsAreCommittedAndOnlyToFreeNames() throws IOException {
    commitEmpty("base", "");
    snapshotter.view("v", "base", NONE);
    snapshotter.prepare("a", "base", NONE);

    assertFails(Code.FAILED_PRECONDITION, () -> snapshotter.commit("n", "v", "", NONE));
    assertFails(Code.ALREADY_EXISTS, () -> snapshotter.commit("base", "a", "", NONE));
    assertFails(Code.NOT_FOUND, () -> snapshotter.commit("n", "missing", "", NONE));
  }

  @Test
  void usageOfAnActiveSnapshotCountsHardLinksOnce() throws IOException {
    snapshotter.prepare("a", "", NONE);
    Path file = Files.write(root.resolve("snapshots/1/fs/file"), new byte[64 * 1024]);
    Files.createLink(file.resolveSibling("link"), file);

    assertThat(snapshotter.usage("a").inodes()).isEqualTo(2);
    assertThat(snapshotter.usage("a").sizeBytes()).isBetween(64 * 1024L, 100 * 1024L);
  }

  @Test
  void aSnapshotWithChildrenStays() throws IOException {
    commitEmpty("l1", "");
    snapshotter.prepare("c", "l1", NONE);

    assertFails(Code.FAILED_PRECONDITION, () -> snapshotter.remove("l1"));
    snapshotter.remove("c");
    snapshotter.remove("l1");

    assertFails(Code.NOT_FOUND, () -> snapshotter.remove("l1"));
    assertThat(root.resolve("snapshots")).isEmptyDirectory();
  }

  @Test
  void idsAreNotUsedAgain() throws IOException {
    snapshotter.prepare("a", "", NONE);
    snapshotter.remove("a");
    snapshotter.prepare("a", "", NONE);

    assertThat(root.resolve("snapshots/2/fs")).isDirectory();
  }

  @Test
  void labelsAreUpdatedByMask() throws IOException {
    snapshotter.prepare("a", "", Map.of("x", "1", "y.z", "2"));
    var before = snapshotter.stat("a");

    SnapshotInfo info =
        snapshotter.update("a", Map.of("y.z", "3", "n", "4"), List.of("labels.y.z"));
    assertThat(info.labels()).isEqualTo(Map.of("x", "1", "y.z", "3"));
    assertThat(info.updated()).isAfter(before.updated());
    assertThat(info.created()).isEqualTo(before.created());

    assertThat(snapshotter.update("a", NONE, List.of("labels.x")).labels())
        .isEqualTo(Map.of("y.z", "3"));
    assertThat(snapshotter.update("a", Map.of("q", "5"), List.of()).labels())
        .isEqualTo(Map.of("q", "5"));
    assertThat(snapshotter.update("a", NONE, List.of("labels")).labels()).isEmpty();
    assertFails(Code.INVALID_ARGUMENT, () -> snapshotter.update("a", NONE, List.of("parent")));
    assertFails(Code.NOT_FOUND, () -> snapshotter.update("b", NONE, List.of()));
  }

  @Test
  void labelsAreBounded() {
    Map<String, String> labels = Map.of("k", "v".repeat(Labels.MAX_SIZE));

    assertFails(Code.INVALID_ARGUMENT, () -> snapshotter.prepare("a", "", labels));
  }

  @Test
  void listsWhatFiltersMatch() throws IOException {
    commitEmpty("l1", "");
    snapshotter.prepare("c", "l1", Map.of("a.b", "x"));
    snapshotter.view("v", "l1", NONE);

    assertThat(names(List.of())).containsExactly("l1", "c", "v");
    assertThat(names(List.of("kind==active"))).containsExactly("c");
    assertThat(names(List.of("labels.\"a.b\"==x", "kind==view"))).containsExactly("c", "v");
    assertThat(names(List.of("parent==l1,kind!=view"))).containsExactly("c");
    assertFails(Code.INVALID_ARGUMENT, () -> snapshotter.list(List.of("=")));
  }

  @Test
  void aTargetWhoseLayerIsReadyBecomesACommittedSnapshot() throws IOException {
    layers.offerLazy(7);

    assertFails(Code.ALREADY_EXISTS, () -> snapshotter.prepare("extract-1", "", target()));

    SnapshotInfo info = snapshotter.stat(TARGET);
    assertThat(info.kind()).isEqualTo(Kind.COMMITTED);
    assertThat(info.labels()).containsEntry(Labels.TARGET, TARGET).containsKey(Labels.REMOTE);
    assertThat(layers.mounted).containsEntry(root.resolve("snapshots/1/fs"), 7);
    assertThat(layers.leased).isEmpty();
    assertThat(snapshotter.usage(TARGET)).isEqualTo(new Usage(7000, 7));
    assertFails(Code.NOT_FOUND, () -> snapshotter.stat("extract-1"));
    assertThat(names(List.of("labels.\"containerd.io/snapshot.ref\"==sha256:chain1,parent==\"\"")))
        .containsExactly(TARGET);
    assertThat(store.why(1).getFirst().mode()).isEqualTo(LayerMode.LAZY);
  }

  @Test
  void onlyWhatTheKubeletAskedForIsQuickAboutExtendedAttributes() throws IOException {
    layers.offerLazy(7);
    assertFails(Code.ALREADY_EXISTS, () -> snapshotter.prepare("moby/1/extract", "", target()));
    layers.offerLazy(8);
    Map<String, String> above = Map.of(Labels.TARGET, "sha256:chain2");
    assertFails(Code.ALREADY_EXISTS, () -> snapshotter.prepare("k8s.io/2/extract", TARGET, above));

    assertThat(layers.mounted).hasSize(2);
    assertThat(layers.quick).containsExactly(root.resolve("snapshots/2/fs"));
    assertThat(snapshotter.stat(TARGET).labels()).containsEntry(Labels.NAMESPACE, "moby");
  }

  @Test
  void aTargetThatIsThereIsNotProvidedAgain() throws IOException {
    layers.offerLazy(7);
    assertFails(Code.ALREADY_EXISTS, () -> snapshotter.prepare("e1", "", target()));
    assertFails(Code.ALREADY_EXISTS, () -> snapshotter.prepare("e2", "", target()));

    assertThat(layers.requests).hasSize(1);
    assertThat(snapshotter.list(List.of())).hasSize(1);
  }

  @Test
  void theSameTargetOnAnotherParentIsAnotherSnapshot() throws IOException {
    commitEmpty("other", "");
    layers.offerLazy(7);
    assertFails(Code.ALREADY_EXISTS, () -> snapshotter.prepare("e1", "", target()));
    layers.offerLazy(7);
    assertFails(Code.ALREADY_EXISTS, () -> snapshotter.prepare("e2", "other", target()));

    assertThat(names(List.of("labels.\"containerd.io/snapshot.ref\"==" + TARGET))).hasSize(2);
    assertThat(layers.mounts).isEqualTo(2);
  }

  @Test
  void aTargetWithoutLayerIsAnOrdinarySnapshotAndTheReasonIsKept() throws IOException {
    layers.next = new LayerProvider.Outcome.Left("the image has no index");

    assertThat(snapshotter.prepare("e1", "", target())).hasSize(1);

    assertThat(snapshotter.stat("e1").kind()).isEqualTo(Kind.ACTIVE);
    WhyRecord why = store.why(10).getFirst();
    assertThat(why.mode()).isEqualTo(LayerMode.DEFERRED);
    assertThat(why.reason()).isEqualTo("the image has no index");
    assertThat(why.snapshot()).isEqualTo(TARGET);
  }

  @Test
  void aLayerThatCannotBeMountedIsLeftToContainerd() throws IOException {
    layers.offerLazy(7);
    layers.mountFails = true;

    assertThat(snapshotter.prepare("e1", "", target())).hasSize(1);

    assertThat(names(List.of())).containsExactly("e1");
    assertThat(store.why(1).getFirst().reason()).contains("no /dev/fuse");
    assertThat(root.resolve("snapshots/1")).doesNotExist();
  }

  @Test
  void aSettledLayerIsItsTree() throws IOException {
    layers.offerLazy(7);
    assertFails(Code.ALREADY_EXISTS, () -> snapshotter.prepare("e1", "", target()));
    Path tree = Files.createDirectories(root.resolve("layers/7/tree"));
    layers.settled.put(7, tree);

    assertThat(snapshotter.view("v", TARGET, NONE).getFirst().source()).isEqualTo(tree.toString());
  }

  @Test
  void aDeadMountIsReplacedBeforeMountsAreAnswered() throws IOException {
    layers.offerLazy(7);
    assertFails(Code.ALREADY_EXISTS, () -> snapshotter.prepare("e1", "", target()));
    snapshotter.prepare("c", TARGET, NONE);
    layers.mounted.clear();

    snapshotter.mounts("c");

    assertThat(layers.mounted).containsValue(7);
    assertThat(layers.mounts).isEqualTo(2);
  }

  @Test
  void removingTheLastSnapshotOfALayerRemovesTheLayer() throws IOException {
    commitEmpty("other", "");
    layers.offerLazy(7);
    assertFails(Code.ALREADY_EXISTS, () -> snapshotter.prepare("e1", "", target()));
    layers.offerLazy(7);
    assertFails(Code.ALREADY_EXISTS, () -> snapshotter.prepare("e2", "other", target()));

    snapshotter.remove(TARGET);
    assertThat(layers.numbers).containsExactly(7);
    snapshotter.remove(TARGET + "@other");

    assertThat(layers.numbers).isEmpty();
    assertThat(layers.mounted).isEmpty();
  }

  @Test
  void cleanupRemovesWhatBelongsToNobody() throws IOException {
    snapshotter.prepare("a", "", NONE);
    Files.createDirectories(root.resolve("snapshots/99/fs/deep"));
    Files.createDirectories(root.resolve("snapshots/new-3-x/fs"));
    layers.numbers.add(5);
    layers.numbers.add(6);
    layers.leased.add(6);

    snapshotter.cleanup();

    assertThat(root.resolve("snapshots/1")).isDirectory();
    assertThat(root.resolve("snapshots/99")).doesNotExist();
    assertThat(root.resolve("snapshots/new-3-x")).doesNotExist();
    assertThat(layers.numbers).containsExactly(6);
    assertThat(layers.awaitedRemovals).isOne();
  }

  @Test
  void layersBelowASnapshotThatIsMountedAreUsed() throws IOException {
    layers.offerLazy(7);
    assertFails(Code.ALREADY_EXISTS, () -> snapshotter.prepare("e1", "", target()));
    layers.used.clear();

    snapshotter.prepare("c", TARGET, Map.of());
    snapshotter.mounts("c");

    assertThat(layers.used).containsExactly(7, 7);
  }

  @Test
  void restoreMountsEveryLayerThatIsNotSettled() throws IOException {
    layers.offerLazy(7);
    assertFails(Code.ALREADY_EXISTS, () -> snapshotter.prepare("e1", "", target()));
    layers.mounted.clear();

    snapshotter.restore();

    assertThat(layers.mounted).containsEntry(root.resolve("snapshots/1/fs"), 7);
  }

  @Test
  void restoreGoesOnWhenALayerIsMissing() throws IOException {
    layers.offerLazy(7);
    assertFails(Code.ALREADY_EXISTS, () -> snapshotter.prepare("e1", "", target()));
    layers.numbers.clear();

    snapshotter.restore();

    assertThat(snapshotter.stat(TARGET).kind()).isEqualTo(Kind.COMMITTED);
  }

  /// overlayfs refuses a mount that has a lower directory twice.
  @Test
  void aLayerThatStandsTwiceIsMountedOnceAtItsUpperPlace() throws IOException {
    Path tree = Files.createDirectory(root.resolve("tree"));
    layers.settled.put(7, tree);
    layers.offer(7, false);
    assertFails(Code.ALREADY_EXISTS, () -> snapshotter.prepare("e1", "", target()));
    commitEmpty("between", TARGET);
    layers.offer(7, false);
    assertFails(
        Code.ALREADY_EXISTS,
        () -> snapshotter.prepare("e2", "between", Map.of(Labels.TARGET, "sha256:chain3")));

    for (List<Mount> mounts :
        List.of(
            snapshotter.view("v", "sha256:chain3", NONE),
            snapshotter.prepare("c", "sha256:chain3", NONE))) {
      assertThat(mounts.getFirst().options())
          .contains("lowerdir=" + tree + ":" + root.resolve("snapshots/2/fs"));
    }
  }

  @Test
  void whatALayerNeedsAtItsPlaceInTheImageStandsAboveIt() throws Exception {
    commitEmpty("below", "");
    Path below = Files.createDirectory(root.resolve("snapshots/1/fs/tmp"));
    Files.setPosixFilePermissions(below, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path tree = Files.createDirectory(root.resolve("tree"));
    layers.settled.put(7, tree);
    TocBuilder toc = Toc.builder();
    byte[] name = "tmp/file".getBytes(StandardCharsets.UTF_8);
    toc.add(new TocEntry().name(name).type(EntryType.REG));
    layers.frames.put(7, LayerFrame.of(LayerTree.of(toc.build())).orElseThrow());
    layers.offer(7, false);

    assertFails(Code.ALREADY_EXISTS, () -> snapshotter.prepare("e", "below", target()));

    Path cover = root.resolve("snapshots/2/cover");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(cover.resolve("tmp"))))
        .isEqualTo("rwxrwxrwx");
    assertThat(snapshotter.view("v", TARGET, NONE).getFirst().options())
        .contains("lowerdir=" + cover + ":" + tree + ":" + root.resolve("snapshots/1/fs"));
    snapshotter.remove("v");
    snapshotter.remove(TARGET);
    assertThat(cover).doesNotExist();
  }

  private static Map<String, String> target() {
    return Map.of(
        Labels.TARGET, TARGET, Labels.IMAGE_REF, "host/image:1", Labels.LAYER_DIGEST, "sha256:ab");
  }

  private void commitEmpty(String name, String parent) throws IOException {
    snapshotter.prepare("tmp-" + name, parent, NONE);
    snapshotter.commit(name, "tmp-" + name, "", NONE);
  }

  private List<String> names(List<String> filters) throws IOException {
    return snapshotter.list(filters).stream().map(SnapshotInfo::name).toList();
  }

  private static void assertFails(Code code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(SnapshotException.class, e -> assertThat(e.code()).isEqualTo(code));
  }
}
