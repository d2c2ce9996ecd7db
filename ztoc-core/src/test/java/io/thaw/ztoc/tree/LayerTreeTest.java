package io.thaw.ztoc.tree;

import static io.thaw.ztoc.tree.TestLayer.at;
import static io.thaw.ztoc.tree.TestLayer.names;
import static io.thaw.ztoc.tree.TestLayer.text;
import static io.thaw.ztoc.tree.TestLayer.xattr;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.ztoc.EntryType;
import io.thaw.ztoc.TocEntry;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayerTreeTest {

  @Test
  void anEmptyLayerIsAnEmptyRoot() throws Exception {
    LayerTree tree = new TestLayer().tree();
    assertThat(tree.root()).isZero();
    assertThat(tree.inodeCount()).isEqualTo(1);
    assertThat(tree.mode(tree.root())).isEqualTo(040755);
    assertThat(tree.linkCount(tree.root())).isEqualTo(2);
    assertThat(tree.path(tree.root())).isEmpty();
    assertThat(tree.nameOf(tree.root())).isEqualTo(-1);
    assertThat(tree.hasXattrs()).isFalse();
  }

  @Test
  void numbersNodesByTheirEntriesAndSortsNamesByBytes() throws Exception {
    LayerTree tree =
        new TestLayer().dir("etc/").file("etc/z").file("etc/a").dir("bin").file("etc/é").tree();
    assertThat(names(tree)).containsExactly("bin=3", "etc=0", "etc/a=2", "etc/z=1", "etc/é=4");
    assertThat(tree.root()).isEqualTo(5);
    assertThat(tree.linkCount(tree.root())).isEqualTo(4);
    assertThat(text(tree.path(4))).isEqualTo("etc/é");
    assertThat(tree.firstDirent(3)).isEqualTo(tree.endDirent(3));
  }

  @Test
  void neverLetsANameOutOfTheRoot() throws Exception {
    LayerTree tree =
        new TestLayer()
            .file("/abs")
            .file("../../up")
            .file("./a/./b//c/")
            .file("x/../../y")
            .file("..")
            .file("d/..")
            .file("")
            .tree();
    assertThat(names(tree)).containsExactly("a=8", "abs=0", "up=1", "y=3", "a/b=9", "a/b/c=2");
    assertThat(tree.isNode(4)).isFalse();
  }

  @Test
  void makesMissingParentsAfterTheEntries() throws Exception {
    LayerTree tree = new TestLayer().file("a/b/f").dir("a", 0700).file("c/g").tree();
    // a was implicit, then entry 1; a/b and c stay implicit and follow the root.
    assertThat(names(tree)).containsExactly("a=1", "c=5", "a/b=4", "c/g=2", "a/b/f=0");
    assertThat(tree.mode(1)).isEqualTo(040700);
    assertThat(tree.mode(4)).isEqualTo(040755);
    assertThat(tree.mtimeSeconds(4)).isZero();
    assertThat(List.of(tree.isImplicit(4), tree.isImplicit(5))).containsOnly(true);
    assertThat(List.of(tree.isImplicit(1), tree.isImplicit(0), tree.isImplicit(tree.root())))
        .containsOnly(false);
    assertThat(tree.nodeLimit()).isEqualTo(6);
    assertThat(tree.linkCount(1)).isEqualTo(3);
  }

  @Test
  void aLaterFileReplacesAnEarlierOneAndAWholeDirectory() throws Exception {
    LayerTree tree =
        new TestLayer()
            .file("f")
            .file("f")
            .dir("d")
            .file("d/x")
            .dir("d/y")
            .file("d/y/z")
            .file("d")
            .tree();
    assertThat(names(tree)).containsExactly("d=6", "f=1");
    assertThat(tree.isNode(0)).isFalse();
    assertThat(tree.isNode(5)).isFalse();
    assertThat(tree.inodeCount()).isEqualTo(3);
    assertThatThrownBy(() -> tree.kind(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("entry 0");
  }

  @Test
  void aLaterDirectoryReplacesAFileButMergesIntoADirectory() throws Exception {
    LayerTree tree =
        new TestLayer().file("a").dir("a").file("a/x").dir("a", 01777).file("a/y").tree();
    assertThat(names(tree)).containsExactly("a=3", "a/x=2", "a/y=4");
    assertThat(tree.mode(3)).isEqualTo(041777);
  }

  @Test
  void aDirectoryOverASymbolicLinkReplacesTheLink() throws Exception {
    LayerTree tree = new TestLayer().dir("real").symlink("l", "real").dir("l").file("l/f").tree();
    assertThat(names(tree)).containsExactly("l=2", "real=0", "l/f=3");
  }

  @Test
  void followsSymbolicLinksOfTheLayerInParentsWithinTheRoot() throws Exception {
    LayerTree tree =
        new TestLayer()
            .dir("usr")
            .dir("usr/bin")
            .symlink("bin", "usr/bin")
            .file("bin/sh")
            .symlink("usr/up", "../../../opt")
            .file("usr/up/tool")
            .symlink("abs", "/usr")
            .file("abs/bin/ls")
            .tree();
    assertThat(text(tree.path(3))).isEqualTo("usr/bin/sh");
    assertThat(text(tree.path(5))).isEqualTo("opt/tool");
    assertThat(text(tree.path(7))).isEqualTo("usr/bin/ls");
  }

  @Test
  void refusesParentsInALoopOfLinks() {
    assertRefused(
        new TestLayer().symlink("a", "b").symlink("b", "a").file("a/f"), 2, "symbolic links");
  }

  @Test
  void refusesAFileAsAParent() {
    assertRefused(new TestLayer().file("a").file("a/b"), 1, "needs 'a' as a directory");
  }

  @Test
  void hardLinksAreOneInodeThroughChains() throws Exception {
    LayerTree tree = new TestLayer().file("a", 77).link("b", "a").link("d/c", "./b").tree();
    assertThat(names(tree)).containsExactly("a=0", "b=0", "d=4", "d/c=0");
    assertThat(tree.linkCount(0)).isEqualTo(3);
    assertThat(tree.sizeBytes(0)).isEqualTo(77);
    assertThat(tree.isNode(1)).isFalse();
    assertThat(tree.inodeCount()).isEqualTo(3);
    assertThat(tree.nameOf(0)).isZero();
  }

  @Test
  void aHardLinkToAWhiteoutGivesItPermissions() throws Exception {
    LayerTree tree = new TestLayer().file(".wh.a", 0).link("b", "a").tree();
    assertThat(tree.isWhiteout(0)).isTrue();
    assertThat(tree.mode(0)).isEqualTo(0020644);

    assertThat(new TestLayer().file(".wh.a", 0).tree().mode(0)).isEqualTo(0020000);
  }

  @Test
  void aHardLinkKeepsTheInodeWhoseNameIsReplaced() throws Exception {
    LayerTree tree = new TestLayer().file("a", 1).link("b", "a").file("a", 2).tree();
    assertThat(names(tree)).containsExactly("a=2", "b=0");
    assertThat(tree.linkCount(0)).isEqualTo(1);
    assertThat(text(tree.path(0))).isEqualTo("b");
    assertThat(tree.fileCount()).isEqualTo(2);
  }

  @Test
  void theLastHeaderOfAnInodeSetsItsAttributes() throws Exception {
    LayerTree tree =
        new TestLayer()
            .add(
                new TocEntry().name("a").mode(0600).owner(1, 2).mtime(5, 6).sizeBytes(9),
                xattr("security.capability", "old"),
                xattr("user.x", "1"))
            .add(
                new TocEntry()
                    .name("b")
                    .type(EntryType.HARDLINK)
                    .linkName("a")
                    .mode(04755)
                    .owner(3, 4)
                    .mtime(7, 8),
                xattr("user.y", "2"))
            .tree();
    assertThat(tree.mode(0)).isEqualTo(0104755);
    assertThat(tree.uid(0)).isEqualTo(3);
    assertThat(tree.gid(0)).isEqualTo(4);
    assertThat(tree.mtimeSeconds(0)).isEqualTo(7);
    assertThat(tree.mtimeNanos(0)).isEqualTo(8);
    assertThat(tree.sizeBytes(0)).isEqualTo(9);
    // Changing the owner drops capabilities, other attributes add up.
    assertThat(tree.xattrNames(0)).extracting(TestLayer::text).containsExactly("user.y", "user.x");
    assertThat(tree.xattr(0, bytes("security.capability"))).isNull();
  }

  @Test
  void aHardLinkToASymbolicLinkIsTheLink() throws Exception {
    LayerTree tree = new TestLayer().symlink("s", "nowhere").link("t", "s").tree();
    assertThat(names(tree)).containsExactly("s=0", "t=0");
    assertThat(tree.mode(0)).isEqualTo(0120777);
    assertThat(text(tree.linkName(0))).isEqualTo("nowhere");
    assertThat(tree.sizeBytes(0)).isEqualTo(7);
  }

  @Test
  void refusesHardLinksToNothingToDirectoriesAndForward() {
    assertRefused(
        new TestLayer().link("a", "missing"),
        0,
        "'missing', which the layer does not have before it");
    assertRefused(new TestLayer().link("a", "no/such"), 0, "does not have");
    assertRefused(new TestLayer().link("a", "b").file("b"), 0, "does not have");
    assertRefused(new TestLayer().dir("d").link("a", "d"), 1, "directory 'd'");
    assertRefused(new TestLayer().link("a", "/"), 0, "root");
    assertRefused(new TestLayer().dir("d").file("d/f").link("d", "d/f"), 2, "replaces");
  }

  @Test
  void aHardLinkOntoItselfChangesNothing() throws Exception {
    LayerTree tree = new TestLayer().file("a").link("b", "a").link("b", "a").link("a", "a").tree();
    assertThat(names(tree)).containsExactly("a=0", "b=0");
    assertThat(tree.linkCount(0)).isEqualTo(2);
  }

  @Test
  void whiteoutsBecomeDevicesAndOpaqueMarkersAFlag() throws Exception {
    LayerTree tree =
        new TestLayer()
            .add(new TocEntry().name("d/.wh.gone").mode(0644).owner(7, 8))
            .file("o/.wh..wh..opq")
            .file("o/f")
            .file(".wh..wh.aufs")
            .file(".wh..wh.plnk/1.2")
            .file("..wh.x")
            .tree();
    assertThat(names(tree)).containsExactly("..wh.x=5", "d=7", "o=8", "d/gone=0", "o/f=2");
    assertThat(tree.isWhiteout(0)).isTrue();
    assertThat(tree.kind(0)).isEqualTo(NodeKind.CHARACTER_DEVICE);
    assertThat(tree.mode(0)).isEqualTo(020000);
    assertThat(tree.uid(0)).isEqualTo(7);
    assertThat(tree.deviceMajor(0)).isZero();
    assertThat(tree.isOpaque(8)).isTrue();
    assertThat(tree.xattr(8, bytes("trusted.overlay.opaque"))).isEqualTo(bytes("y"));
    assertThat(tree.xattrNames(8))
        .extracting(TestLayer::text)
        .containsExactly("trusted.overlay.opaque");
    assertThat(tree.hasXattrs()).isTrue();
  }

  @Test
  void anEntryForTheRootChangesNothing() throws Exception {
    LayerTree tree = new TestLayer().dir("./", 0700).file("a").dir("..", 0711).tree();
    assertThat(tree.root()).isEqualTo(3);
    assertThat(tree.isNode(0)).isFalse();
    assertThat(tree.isNode(2)).isFalse();
    assertThat(tree.mode(3)).isEqualTo(040755);
    assertThat(tree.inodeCount()).isEqualTo(2);
  }

  @Test
  void anOpaqueRootIsKept() throws Exception {
    LayerTree tree = new TestLayer().file(".wh..wh..opq").tree();
    assertThat(tree.root()).isEqualTo(1);
    assertThat(tree.isOpaque(1)).isTrue();
  }

  @Test
  void aFileMayFollowItsWhiteoutButNotPrecedeIt() throws Exception {
    assertThat(names(new TestLayer().file(".wh.a").file("a").tree())).containsExactly("a=1");
    assertRefused(new TestLayer().file("a").file(".wh.a"), 1, "already");
    assertRefused(new TestLayer().file(".wh."), 0, "no name");
    assertRefused(new TestLayer().file(".wh..."), 0, "no name");
  }

  @Test
  void deviceNumbersFifosAndTimesComeThrough() throws Exception {
    LayerTree tree =
        new TestLayer()
            .add(
                new TocEntry()
                    .name("c")
                    .type(EntryType.CHAR)
                    .device(259, 70_000)
                    .mode(0660)
                    .mtime(-5, 3))
            .add(
                new TocEntry()
                    .name("b")
                    .type(EntryType.BLOCK)
                    .device(8, 1)
                    .mtime(Long.MAX_VALUE / 2, 1))
            .add(new TocEntry().name("p").type(EntryType.FIFO).mode(0600).sizeBytes(5))
            .tree();
    assertThat(tree.deviceMajor(0)).isEqualTo(259);
    assertThat(tree.deviceMinor(0)).isEqualTo(70_000);
    assertThat(tree.mode(1)).isEqualTo(060000);
    assertThat(tree.mode(2)).isEqualTo(010600);
    assertThat(tree.sizeBytes(2)).isZero();
    assertThat(tree.mtimeSeconds(0)).isZero();
    assertThat(tree.mtimeNanos(0)).isZero();
    assertThat(tree.mtimeSeconds(1)).isZero();
  }

  @Test
  void namesNeedNotBeUtf8() throws Exception {
    byte[] raw = {'d', '/', (byte) 0xff, (byte) 0x80, 'x'};
    LayerTree tree = new TestLayer().add(new TocEntry().name(raw)).tree();
    assertThat(tree.path(0)).isEqualTo(raw);
    byte[] around = {1, (byte) 0xff, (byte) 0x80, 'x', 2};
    assertThat(tree.lookup(at(tree, "d"), around, 1, 3)).isZero();
    assertThat(tree.lookup(at(tree, "d"), around, 0, 3)).isEqualTo(-1);
  }

  @Test
  void refusesWhatLinuxCannotHold() {
    assertRefused(new TestLayer().file("x".repeat(256)), 0, "256 bytes");
    assertRefused(new TestLayer().file("abcdefg/".repeat(600) + "f"), 0, "4802 bytes");
    assertRefused(new TestLayer().file("a\0b"), 0, "zero byte");
    assertRefused(new TestLayer().symlink("s", ""), 0, "target of 0 bytes");
    assertRefused(new TestLayer().file("f", -1), 0, "-1 bytes");
    assertRefused(new TestLayer().file("f", 2000).file("g"), 1, "inside that of an earlier entry");
  }

  @Test
  void aLayerGivesOverlayfsNoOrders() throws Exception {
    LayerTree tree =
        new TestLayer()
            .add(
                new TocEntry().name("d").type(EntryType.DIR),
                xattr("trusted.overlay.redirect", "/etc"),
                xattr("trusted.overlay.opaque", "y"),
                xattr("security.b", "2"))
            .tree();
    assertThat(tree.xattrNames(0)).extracting(TestLayer::text).containsExactly("security.b");
    assertThat(tree.xattr(0, bytes("trusted.overlay.redirect"))).isNull();
    assertThat(tree.xattr(0, bytes("trusted.overlay.opaque"))).isNull();
  }

  @Test
  void userAttributesStayOnFilesAndDirectoriesOnly() throws Exception {
    LayerTree tree =
        new TestLayer()
            .add(
                new TocEntry().name("s").type(EntryType.SYMLINK).linkName("t"),
                xattr("user.a", "1"),
                xattr("security.b", "2"))
            .add(new TocEntry().name("d").type(EntryType.DIR), xattr("user.a", "1"))
            .add(new TocEntry().name("d").type(EntryType.DIR), xattr("user.b", "2"))
            .tree();
    assertThat(tree.xattrNames(0)).extracting(TestLayer::text).containsExactly("security.b");
    assertThat(tree.xattrNames(2)).extracting(TestLayer::text).containsExactly("user.b", "user.a");
  }

  @Test
  void findsTheFilesARangeOfTheLayerTouches() throws Exception {
    // Data at 512, 1536, 2560, 3584 …
    LayerTree tree =
        new TestLayer()
            .file("a", 100)
            .file("empty", 0)
            .file("c", 1000)
            .file("gone", 10)
            .file("gone", 1)
            .tree();
    assertThat(tree.fileCount()).isEqualTo(3);
    assertThat(tree.firstFileAt(0)).isZero();
    assertThat(tree.firstFileAt(611)).isZero();
    assertThat(tree.firstFileAt(612)).isEqualTo(1);
    assertThat(tree.file(1)).isEqualTo(2);
    assertThat(tree.firstFileAt(3559)).isEqualTo(1);
    assertThat(tree.file(tree.firstFileAt(3560))).isEqualTo(4);
    assertThat(tree.firstFileAt(1 << 20)).isEqualTo(tree.fileCount());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void assertRefused(TestLayer layer, int entry, String reason) {
    assertThatThrownBy(layer::tree)
        .isInstanceOf(MalformedLayerException.class)
        .hasMessageContaining(reason)
        .satisfies(e -> assertThat(((MalformedLayerException) e).entry()).isEqualTo(entry));
  }
}
