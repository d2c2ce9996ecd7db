package io.thaw.daemon.cover;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.ztoc.EntryType;
import io.thaw.ztoc.Toc;
import io.thaw.ztoc.TocBuilder;
import io.thaw.ztoc.TocEntry;
import io.thaw.ztoc.tree.LayerTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerCoverTest {
  @TempDir Path dir;

  @Test
  void aLayerThatNamesAllItsDirectoriesAndHidesNothingHasNoFrame() throws Exception {
    assertThat(LayerFrame.of(tree("d/", "d/f", "d/e/", "d/e/g"))).isEmpty();
  }

  @Test
  void aFrameHasTheDirectoriesInQuestionAndThoseAboveThem() throws Exception {
    LayerFrame frame = frame("a/", "a/b/f", "c/d/", "w/x/.wh.gone", "plain/", "plain/f");
    assertThat(frame.directories().stream().map(LayerCoverTest::describe))
        .containsExactlyInAnyOrder(
            "", "a", "a/b implicit", "c implicit", "w implicit", "w/x implicit hiding");
  }

  @Test
  void aFrameIsReadAsItWasWritten() throws Exception {
    LayerFrame frame = frame("a/b/f", "d/.wh..wh..opq", "\u00e9/.wh.\u00ff");
    Path file = Files.write(dir.resolve("frame"), frame.content());
    assertThat(LayerFrame.read(file)).contains(frame);
    assertThat(LayerFrame.read(dir.resolve("missing"))).isEmpty();
  }

  @Test
  void aDirectoryWithoutEntryIsAsInTheTopmostLayerBelow() throws Exception {
    Path top = layer("top", "tmp", "rwxrwxr-x");
    Path bottom = layer("bottom", "tmp", "rwx------");
    Files.setLastModifiedTime(top.resolve("tmp"), FileTime.fromMillis(1_500_000_000_000L));

    Path made = made(LayerCover.of(frame("tmp/f"), List.of(layer("none"), top, bottom)));

    assertThat(mode(made.resolve("tmp"))).isEqualTo("rwxrwxr-x");
    assertThat(Files.getLastModifiedTime(made.resolve("tmp")).toMillis())
        .isEqualTo(1_500_000_000_000L);
    assertThat(mode(made)).isEqualTo("rwxr-xr-x");
    assertThat(files(made)).containsExactly("tmp");
  }

  @Test
  void directoriesThatAreNotBelowOrLookTheSameNeedNoCover() throws Exception {
    Path same = layer("same", "usr", "rwxr-xr-x");
    assertThat(LayerCover.of(frame("new/f"), List.of(same))).isEmpty();
    // The owner is that of an unpacked layer only where the test runs as root.
    if (Files.getAttribute(same, "unix:uid").equals(0)) {
      assertThat(LayerCover.of(frame("usr/f"), List.of(same))).isEmpty();
    }
  }

  @Test
  void directoriesAboveOneThatIsCoveredLookAsTheyDidBefore() throws Exception {
    Path below = layer("below", "a/b", "rwx--x--x");
    Files.setPosixFilePermissions(below.resolve("a"), PosixFilePermissions.fromString("rwxrwxrwx"));

    Path made = made(LayerCover.of(frame("a/ 0750", "a/b/f"), List.of(below)));

    assertThat(mode(made.resolve("a"))).isEqualTo("rwxr-x---");
    assertThat(mode(made.resolve("a/b"))).isEqualTo("rwx--x--x");
  }

  @Test
  void whatIsNoDirectoryBelowWasReplaced() throws Exception {
    Path file = layer("file");
    Files.writeString(file.resolve("a"), "a file");
    Path link = layer("link");
    Files.createSymbolicLink(link.resolve("a"), dir);
    Path older = layer("older", "a/b", "rwx------");
    assertThat(LayerCover.of(frame("a/f"), List.of(file, older))).isEmpty();
    assertThat(LayerCover.of(frame("a/f"), List.of(link, older))).isEmpty();
  }

  @Test
  void nothingIsLookedForBehindASymbolicLink() throws Exception {
    Path outside = layer("outside", "secret", "rwx--x---");
    Path link = layer("link");
    Files.createSymbolicLink(link.resolve("a"), outside);
    assertThat(LayerCover.of(frame("a/secret/f"), List.of(link))).isEmpty();
  }

  @Test
  void theLowestLayersDirectoriesWithWhiteoutsAreCovered() throws Exception {
    LayerFrame frame = frame("d/ 0711", "d/e/ 0700", "d/e/.wh.gone", "d/other/ 0700", "i/f");

    Path made = made(LayerCover.of(frame, List.of()));

    assertThat(files(made)).containsExactly("d", "d/e");
    assertThat(mode(made.resolve("d"))).isEqualTo("rwx--x--x");
    assertThat(mode(made.resolve("d/e"))).isEqualTo("rwx------");
  }

  @Test
  void aWhiteoutInTheLowestRootNeedsACoverWithNothingInIt() throws Exception {
    assertThat(files(made(LayerCover.of(frame(".wh.gone"), List.of())))).isEmpty();
    assertThat(LayerCover.of(frame(".wh.gone"), List.of(layer("below")))).isEmpty();
  }

  private static String describe(LayerFrame.Directory directory) {
    return directory.path()
        + (directory.implicit() ? " implicit" : "")
        + (directory.hiding() ? " hiding" : "");
  }

  private static LayerFrame frame(String... entries) throws IOException {
    return LayerFrame.of(tree(entries)).orElseThrow();
  }

  /// Entries by name, directories with a slash at the end and perhaps a mode.
  private static LayerTree tree(String... entries) throws IOException {
    TocBuilder toc = Toc.builder();
    for (String entry : entries) {
      String[] parts = entry.split(" ", -1);
      toc.add(
          new TocEntry()
              .name(parts[0].getBytes(StandardCharsets.ISO_8859_1))
              .type(parts[0].endsWith("/") ? EntryType.DIR : EntryType.REG)
              .mode(parts.length > 1 ? Integer.parseInt(parts[1], 8) : 0755));
    }
    return LayerTree.of(toc.build());
  }

  private Path layer(String name) throws IOException {
    return Files.createDirectory(dir.resolve(name));
  }

  private Path layer(String name, String directory, String mode) throws IOException {
    Path root = layer(name);
    Path made = Files.createDirectories(root.resolve(directory));
    Files.setPosixFilePermissions(made, PosixFilePermissions.fromString(mode));
    return root;
  }

  private Path made(Optional<LayerCover> cover) throws IOException {
    Path root = dir.resolve("cover");
    cover.orElseThrow().makeAt(root);
    return root;
  }

  private static List<String> files(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .map(file -> root.relativize(file).toString())
          .filter(name -> !name.isEmpty())
          .sorted()
          .toList();
    }
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }
}
