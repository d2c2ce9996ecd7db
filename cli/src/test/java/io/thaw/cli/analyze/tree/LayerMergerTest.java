package io.thaw.cli.analyze.tree;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.ztoc.EntryType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LayerMergerTest {
  private LayerMerger merger;

  @BeforeEach
  void startFirstLayer() throws IOException {
    merger = new LayerMerger();
    merger.startLayer();
  }

  @Test
  void makesTheDirectoriesThatNoEntryNames() throws IOException {
    file("a/b/c");
    assertThat(visible()).containsExactlyInAnyOrder("/", "/a", "/a/b", "/a/b/c");
  }

  @Test
  void aWhiteoutHidesAFileOfALowerLayer() throws IOException {
    file("a/b");
    file("a/c");
    merger.startLayer();
    file("a/.wh.b");
    assertThat(visible()).containsExactlyInAnyOrder("/", "/a", "/a/c");
  }

  @Test
  void aWhiteoutHidesADirectoryWithAllBelowIt() throws IOException {
    file("a/b/c/d");
    file("a/e");
    merger.startLayer();
    file(".wh.a");
    assertThat(visible()).containsExactly("/");
  }

  @Test
  void aWhiteoutLeavesWhatItsOwnLayerHasWhicheverComesFirst() throws IOException {
    file("a/old");
    merger.startLayer();
    file("a/new");
    file(".wh.a");
    assertThat(visible()).containsExactlyInAnyOrder("/", "/a", "/a/new");
  }

  @Test
  void anOpaqueDirectoryHidesOnlyWhatIsBelowItInLowerLayers() throws IOException {
    file("a/old/x");
    file("b");
    merger.startLayer();
    dir("a");
    file("a/new");
    file("a/.wh..wh..opq");
    assertThat(visible()).containsExactlyInAnyOrder("/", "/a", "/a/new", "/b");
  }

  @Test
  void aDirectoryOverADirectoryKeepsWhatIsInIt() throws IOException {
    file("a/b");
    merger.startLayer();
    dir("a");
    assertThat(visible()).containsExactlyInAnyOrder("/", "/a", "/a/b");
  }

  @Test
  void aFileOverADirectoryTakesItsPlace() throws IOException {
    file("a/b");
    merger.startLayer();
    file("a");
    assertThat(visible()).containsExactlyInAnyOrder("/", "/a");
  }

  @Test
  void aDirectoryOverAFileTakesItsPlace() throws IOException {
    file("a");
    merger.startLayer();
    file("a/b");
    assertThat(visible()).containsExactlyInAnyOrder("/", "/a", "/a/b");
  }

  @Test
  void namesThroughASymbolicLinkLandWhereItLeads() throws IOException {
    dir("usr/lib");
    link("lib", "usr/lib");
    merger.startLayer();
    file("lib/x");
    assertThat(visible()).containsExactlyInAnyOrder("/", "/usr", "/usr/lib", "/usr/lib/x", "/lib");
  }

  @Test
  void aHardLinkIsAnotherNameOfTheSameFile() throws IOException {
    int row = file("a");
    add("d/b", EntryType.HARDLINK, "a");
    ImageTree tree = merger.finish();
    assertThat(tree.file(new PathWalk(tree).find("/d/b"))).isEqualTo(row);
    assertThat(tree.files().nameCount(row)).isEqualTo(2);
    assertThat(tree.ownsSize(new PathWalk(tree).find("/d/b"))).isFalse();
  }

  @Test
  void aFileStaysWhenOneOfItsNamesGoes() throws IOException {
    int row = file("a");
    add("b", EntryType.HARDLINK, "a");
    merger.startLayer();
    file(".wh.a");
    ImageTree tree = merger.finish();
    assertThat(tree.files().isVisible(row)).isTrue();
    assertThat(tree.pathText(tree.files().node(row))).isEqualTo("/b");
  }

  @Test
  void aHardLinkIntoTheDirectoryItReplacesKeepsTheFile() throws IOException {
    int row = file("a/b");
    merger.startLayer();
    add("a", EntryType.HARDLINK, "a/b");
    assertThat(visible()).containsExactlyInAnyOrder("/", "/a");
    assertThat(merger.finish().files().isVisible(row)).isTrue();
  }

  @Test
  void linksToNothingAndCirclesAreCountedAndLeftOut() throws IOException {
    add("a", EntryType.HARDLINK, "nowhere");
    link("x", "y");
    link("y", "x");
    file("x/z");
    assertThat(merger.danglingLinks()).isEqualTo(1);
    assertThat(merger.unplaceable()).isEqualTo(1);
  }

  @Test
  void namesNeverLeaveTheRoot() throws IOException {
    file("../../etc/passwd");
    link("up", "../../..");
    file("up/tmp/x");
    assertThat(visible())
        .containsExactlyInAnyOrder("/", "/etc", "/etc/passwd", "/up", "/tmp", "/tmp/x");
  }

  @Test
  void namesThatMeanADirectoryItselfOrAufsBookkeepingMakeNothing() throws IOException {
    dir("./");
    dir(".");
    file(".wh..wh.plnk");
    file("a/.wh.");
    file("a/.wh...");
    assertThat(visible()).containsExactlyInAnyOrder("/", "/a");
  }

  @Test
  void aPathLongerThanTheKernelTakesIsLeftOut() throws IOException {
    file("a/".repeat(2100) + "x");
    assertThat(merger.unplaceable()).isEqualTo(1);
    assertThat(visible()).containsExactly("/");
  }

  @Test
  void aLaterEntryOfALayerTakesTheNameOfAnEarlierOne() throws IOException {
    int first = file("a");
    int second = file("a");
    FileTable files = merger.finish().files();
    assertThat(files.isVisible(first)).isFalse();
    assertThat(files.fate(first)).isEqualTo(Fate.REPLACED);
    assertThat(files.isVisible(second)).isTrue();
  }

  private int file(String name) throws IOException {
    return add(name, EntryType.REG, "");
  }

  private void dir(String name) throws IOException {
    add(name + "/", EntryType.DIR, "");
  }

  private void link(String name, String target) throws IOException {
    add(name, EntryType.SYMLINK, target);
  }

  private int add(String name, EntryType type, String link) throws IOException {
    return merger.add(name.getBytes(UTF_8), type, 0644, link.getBytes(UTF_8));
  }

  private List<String> visible() {
    ImageTree tree = merger.finish();
    List<String> paths = new ArrayList<>();
    for (int node = 0; node < tree.nodeCount(); node++) {
      if (tree.isVisible(node)) {
        paths.add(tree.pathText(node));
      }
    }
    return paths;
  }
}
