package io.thaw.ztoc.tree;

import io.thaw.ztoc.EntryType;
import io.thaw.ztoc.PaxRecord;
import io.thaw.ztoc.Toc;
import io.thaw.ztoc.TocBuilder;
import io.thaw.ztoc.TocEntry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Writes down the entries of a layer, one short call each, and shows trees as text.
final class TestLayer {
  private final TocBuilder toc = Toc.builder();
  private long offset = 512;

  TestLayer dir(String name) {
    return dir(name, 0755);
  }

  TestLayer dir(String name, int mode) {
    return add(new TocEntry().name(name).type(EntryType.DIR).mode(mode));
  }

  TestLayer file(String name) {
    return file(name, 10);
  }

  TestLayer file(String name, long sizeBytes) {
    return add(new TocEntry().name(name).type(EntryType.REG).mode(0644).sizeBytes(sizeBytes));
  }

  TestLayer link(String name, String target) {
    return add(new TocEntry().name(name).type(EntryType.HARDLINK).linkName(target).mode(0644));
  }

  TestLayer symlink(String name, String target) {
    return add(new TocEntry().name(name).type(EntryType.SYMLINK).linkName(target).mode(0777));
  }

  TestLayer add(TocEntry entry, PaxRecord... records) {
    toc.add(entry.dataOffset(offset).paxRecords(List.of(records)));
    offset += 1024;
    return this;
  }

  LayerTree tree() throws MalformedLayerException {
    return LayerTree.of(toc.build());
  }

  static PaxRecord xattr(String name, String value) {
    return PaxRecord.of("SCHILY.xattr." + name, value.getBytes(StandardCharsets.UTF_8));
  }

  /// Every name of the tree as `path=node`, in dirent order.
  static List<String> names(LayerTree tree) {
    List<String> names = new ArrayList<>();
    for (int dirent = 0; dirent < tree.direntCount(); dirent++) {
      String parent = text(tree.path(tree.direntParent(dirent)));
      String name = text(tree.direntName(dirent));
      names.add((parent.isEmpty() ? "" : parent + "/") + name + "=" + tree.direntNode(dirent));
    }
    return names;
  }

  /// The node at `path`, links not followed; -1 if there is none.
  static int at(LayerTree tree, String path) {
    int node = tree.root();
    for (String part : path.split("/", -1)) {
      byte[] name = part.getBytes(StandardCharsets.UTF_8);
      node = tree.lookup(node, name, 0, name.length);
      if (node < 0) {
        return -1;
      }
    }
    return node;
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
