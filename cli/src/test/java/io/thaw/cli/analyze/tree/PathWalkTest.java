package io.thaw.cli.analyze.tree;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.ztoc.EntryType;
import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PathWalkTest {
  private ImageTree tree;

  @BeforeEach
  void makeTree() throws IOException {
    LayerMerger merger = new LayerMerger();
    merger.startLayer();
    add(merger, "usr/bin/python3.11", EntryType.REG, "");
    add(merger, "usr/bin/python3", EntryType.SYMLINK, "python3.11");
    add(merger, "bin", EntryType.SYMLINK, "usr/bin");
    add(merger, "usr/bin/python", EntryType.SYMLINK, "/bin/python3");
    add(merger, "loop", EntryType.SYMLINK, "loop");
    add(merger, "out", EntryType.SYMLINK, "../../usr");
    tree = merger.finish();
  }

  private static void add(LayerMerger merger, String name, EntryType type, String link)
      throws IOException {
    merger.add(name.getBytes(UTF_8), type, 0755, link.getBytes(UTF_8));
  }

  @Test
  void followsLinksInDirectoriesAndAtTheEnd() {
    assertThat(found("/bin/python")).isEqualTo("/usr/bin/python3.11");
    assertThat(found("out/bin/../bin//./python3")).isEqualTo("/usr/bin/python3.11");
  }

  @Test
  void canStopAtALinkAtTheEnd() {
    int node = new PathWalk(tree).findLink("/bin/python".getBytes(UTF_8));
    assertThat(tree.pathText(node)).isEqualTo("/usr/bin/python");
  }

  @Test
  void findsNothingInCirclesBelowFilesAndWhereNothingIs() {
    assertThat(found("/loop")).isEqualTo("nothing");
    assertThat(found("/usr/bin/python3.11/x")).isEqualTo("nothing");
    assertThat(found("/usr/lib")).isEqualTo("nothing");
    assertThat(found("/" + "x".repeat(5000))).isEqualTo("nothing");
  }

  @Test
  void theRootIsItsOwnParent() {
    assertThat(found("/../..")).isEqualTo("/");
  }

  private String found(String path) {
    int node = new PathWalk(tree).find(path);
    return node == PathWalk.NOTHING ? "nothing" : tree.pathText(node);
  }
}
