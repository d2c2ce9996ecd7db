package io.thaw.it.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.it.node.Commands;
import io.thaw.it.node.MountedSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;

/// What every snapshotter of containerd's has to do, whoever wrote it: [LifecycleConformance], and
/// the rules about what the mounted files are.
abstract class SnapshotterConformance extends LifecycleConformance {
  private static final int MOST_LAYERS = 128;

  SnapshotterConformance() throws IOException {}

  @Test
  void aSnapshotHoldsWhatWasDoneToIt() throws IOException {
    assertLayers(
        Change.all(
            Change.file("foo", "foo\n", "rwxrwxrwx"),
            Change.dir("a", "rwxr-xr-x"),
            Change.dir("a/b", "rwxr-xr-x"),
            Change.dir("a/b/c", "rwxr-xr-x")),
        Change.all(
            Change.file("bar", "bar\n", "rwxrwxrwx"),
            Change.file("foo", "bar\n", "rwxrwxrwx"),
            Change.remove("a/b")));
  }

  @Test
  void aFileIsUpdatedByALayerAbove() throws IOException {
    assertLayers(
        Change.all(
            Change.dir("etc", "rwx------"),
            Change.file("etc/hosts", "mydomain 10.0.0.1", "rw-r--r--"),
            Change.file("etc/profile", "PATH=/usr/bin", "rw-r--r--")),
        Change.all(
            Change.file("etc/hosts", "mydomain 10.0.0.2", "rw-r--r--"),
            Change.file("etc/profile", "PATH=/usr/bin", "rw-rw-rw-"),
            Change.dir("root", "rwx------"),
            Change.file("root/.bashrc", "PATH=/usr/sbin:/usr/bin", "rw-r--r--")));
  }

  @Test
  void aDirectoryThatWasReplacedHidesWhatItHeld() throws IOException {
    assertLayers(
        Change.all(Change.dir("lib", "rwx------"), Change.file("lib/hidden", "", "rw-r--r--")),
        Change.all(
            Change.remove("lib"),
            Change.dir("lib", "rwx------"),
            Change.file("lib/not-hidden", "", "rw-r--r--")),
        Change.file("lib/newfile", "", "rw-r--r--"));
  }

  @Test
  void aFileThatWasDeletedStaysDeleted() throws IOException {
    assertLayers(
        Change.all(
            Change.file("foo", "foo\n", "rwxrwxrwx"),
            Change.file("foobar", "foobar\n", "rwxrwxrwx")),
        Change.remove("foobar"),
        Change.all());
  }

  @Test
  void anOwnerChangesInALayerAbove() throws IOException {
    assertLayers(
        Change.all(
            Change.dir("opt", "rwx------"),
            Change.dir("opt/a", "rwx------"),
            Change.dir("opt/a/b", "rwx------"),
            Change.file("opt/a/b/file.txt", "hello", "rw-r--r--")),
        Change.all(
            Change.chown("opt", 1, 1),
            Change.chown("opt/a", 1, 1),
            Change.chown("opt/a/b", 1, 1),
            Change.chown("opt/a/b/file.txt", 1, 1)));
  }

  @Test
  void directoriesKeepTheirOwnersAcrossCommits() throws IOException {
    assertLayers(
        Change.all(
            Change.dir("dir1", "rwx------"),
            Change.dir("dir2", "rwx------"),
            Change.dir("dir3", "rwx------"),
            Change.dir("dir4", "rwx------"),
            Change.file("dir4/f1", "...", "rw-r--r--"),
            Change.dir("dir5", "rwx------"),
            Change.file("dir5/f1", "...", "rw-r--r--"),
            Change.chown("dir1", 1, 1),
            Change.chown("dir2", 1, 1),
            Change.chown("dir3", 1, 1),
            Change.chown("dir5", 1, 1),
            Change.chown("dir5/f1", 1, 1)),
        Change.all(
            Change.chown("dir2", 0, 0),
            Change.remove("dir3"),
            Change.chown("dir4", 1, 1),
            Change.chown("dir4/f1", 1, 1)),
        Change.all(
            Change.dir("dir3", "rwx------"),
            Change.chown("dir3", 1, 1),
            Change.remove("dir5"),
            Change.dir("dir5", "rwx------"),
            Change.chown("dir5", 1, 1)));
  }

  @Test
  void filesMoveFromALowerLayer() throws IOException {
    assertLayers(
        Change.all(
            Change.dir("dir1", "rwx------"),
            Change.file("dir1/f1", "Hello", "rw-r--r--"),
            Change.dir("dir2", "rwx------"),
            Change.file("dir2/f2", "...", "rw-r--r--")),
        Change.all(
            Change.dir("dir3", "rwx------"),
            Change.file("dir3/f1", "Hello", "rw-r--r--"),
            Change.remove("dir1"),
            Change.link("dir2/f2", "dir3/f2"),
            Change.remove("dir2/f2")));
  }

  @Test
  void filesAreRenamedInALayerAbove() throws IOException {
    assertLayers(
        Change.all(
            Change.dir("somefiles", "rwx------"),
            Change.file("somefiles/f1", "was here first!", "rw-r--r--"),
            Change.file("somefiles/f2", "nothing interesting", "rw-r--r--"),
            Change.symlink("f2", "somefiles/link")),
        Change.all(
            Change.file("somefiles/f1-overwrite", "new content 1", "rw-r--r--"),
            Change.rename("somefiles/f1-overwrite", "somefiles/f1"),
            Change.rename("somefiles/f2", "somefiles/f3"),
            Change.rename("somefiles/link", "somefiles/renamed-link")));
  }

  @Test
  void aViewCannotBeWrittenTo() throws IOException {
    String base = committed("base", "", Change.file("f", "x", "rw-r--r--"));
    String top = committed("top", base, Change.file("g", "y", "rw-r--r--"));
    for (String parent : new String[] {"", base, top}) {
      String key = name("view-of-" + parent);
      try (MountedSnapshot view =
          MountedSnapshot.at(dir("view"), snapshots().view(key, parent, KEPT))) {
        assertThatThrownBy(() -> Files.writeString(view.root().resolve("new"), "content"))
            .isInstanceOf(IOException.class);
      }
      snapshots().remove(key);
    }
  }

  @Test
  void theRootOfASnapshotIsOpenToAll() throws IOException {
    try (MountedSnapshot mounted =
        MountedSnapshot.at(dir("root"), snapshots().prepare(name("active"), "", KEPT))) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(mounted.root())))
          .isEqualTo("rwxr-xr-x");
    }
  }

  @Test
  void theRootOfASnapshotHasItsParentsOwner() throws IOException {
    String base =
        committed(
            "base",
            "",
            root -> {
              Commands.run("chown", "1:2", root.toString());
              Commands.run("chmod", "700", root.toString());
            });
    try (MountedSnapshot mounted =
        MountedSnapshot.at(dir("root"), snapshots().prepare(name("active"), base, KEPT))) {
      assertThat(Commands.run("stat", "-c", "%u:%g %a", mounted.root().toString()).strip())
          .isEqualTo("1:2 755");
    }
  }

  @Test
  void whatIsPreparedAndNotCommittedTouchesNoOther() throws IOException {
    String base = committed("base", "", Change.file("f", "old", "rw-r--r--"));
    try (MountedSnapshot one =
            MountedSnapshot.at(dir("one"), snapshots().prepare(name("one"), base, KEPT));
        MountedSnapshot two =
            MountedSnapshot.at(dir("two"), snapshots().prepare(name("two"), base, KEPT))) {
      Files.writeString(one.root().resolve("f"), "new");
      Files.delete(two.root().resolve("f"));
      assertThat(one.root().resolve("f")).hasContent("new");
      assertThat(two.root().resolve("f")).doesNotExist();
      try (MountedSnapshot view =
          MountedSnapshot.at(dir("view"), snapshots().view(name("view"), base, KEPT))) {
        assertThat(view.root().resolve("f")).hasContent("old");
      }
    }
  }

  @Test
  void manyLayersCanBeMounted() throws IOException {
    Path flat = Files.createDirectory(dir("flat"));
    String parent = "";
    for (int i = 0; i < MOST_LAYERS; i++) {
      Change change = i == 0 ? lowest() : layer(i);
      change.apply(flat);
      parent = committed("many-" + i, parent, change);
    }
    assertView(flat, parent);
  }

  private static Change lowest() {
    return Change.all(
        Change.file("bottom", "way at the bottom\n", "rwxrwxrwx"),
        Change.file("overwriteme", "FIRST!\n", "rwxrwxrwx"),
        Change.dir("addhere", "rwxr-xr-x"),
        Change.dir("onlyme", "rwxr-xr-x"),
        Change.file("onlyme/bottom", "bye!\n", "rwxrwxrwx"));
  }

  private static Change layer(int i) {
    return Change.all(
        Change.file("overwriteme", i + " WAS HERE!\n", "rwxrwxrwx"),
        Change.file("addhere/file-" + i, "same\n", "rwxr-xr-x"),
        Change.remove("onlyme"),
        Change.dir("onlyme", "rwxr-xr-x"),
        Change.file("onlyme/file-" + i, "only me!\n", "rwxrwxrwx"));
  }
}
