package io.thaw.cli.analyze.report;

import io.thaw.cli.analyze.Analysis;
import io.thaw.cli.analyze.TreeSizes;
import io.thaw.cli.analyze.scan.SpanRanges;
import io.thaw.cli.analyze.tree.FileTable;
import io.thaw.cli.analyze.tree.ImageTree;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// The part of an image's tree that a page carries: the largest directories and files, and for
/// each directory one entry for all that is left out below it.
final class PageTree {
  /// Kinds as the page knows them.
  static final int DIRECTORY = 0;
  static final int FILE = 1;
  static final int REST = 2;

  private static final int OTHER = 3;

  private final Analysis analysis;
  private final ImageTree tree;
  private final int[] kept;
  private final Map<Integer, Integer> numbers = new HashMap<>();
  private final long[] restBytes;
  private final int[] restFiles;

  /// @param limit how many directories and files are kept
  PageTree(Analysis analysis, int limit) {
    this.analysis = analysis;
    this.tree = analysis.tree();
    TreeSizes sizes = analysis.sizes();
    this.kept = sizes.largest(tree, limit, false);
    this.restBytes = new long[kept.length];
    this.restFiles = new int[kept.length];
    for (int i = 0; i < kept.length; i++) {
      numbers.put(kept[i], i);
      if (tree.isDirectory(kept[i])) {
        restBytes[i] = sizes.bytes(kept[i]);
        restFiles[i] = sizes.files(kept[i]);
      }
      int parent = tree.parent(kept[i]);
      if (parent >= 0) {
        int above = parentNumber(i);
        restBytes[above] -= sizes.bytes(kept[i]);
        restFiles[above] -= sizes.files(kept[i]);
      }
    }
  }

  /// How many nodes are kept; the page numbers them `0 .. count()-1`, parents before children.
  int count() {
    return kept.length;
  }

  /// The node of the image's tree.
  int node(int number) {
    return kept[number];
  }

  /// The page's number of a node; -1 if it is left out.
  int number(int node) {
    return numbers.getOrDefault(node, -1);
  }

  int parentNumber(int number) {
    return number == 0 ? -1 : numbers.getOrDefault(tree.parent(kept[number]), 0);
  }

  int kind(int number) {
    if (tree.isDirectory(kept[number])) {
      return DIRECTORY;
    }
    return files().isRegular(row(number)) && tree.ownsSize(kept[number]) ? FILE : OTHER;
  }

  int row(int number) {
    return tree.file(kept[number]);
  }

  /// Bytes below a directory that no kept node has; 0 for other nodes.
  long restBytes(int number) {
    return restBytes[number];
  }

  int restFiles(int number) {
    return restFiles[number];
  }

  /// The span that holds a file's first or last byte; -1 if there is none.
  int span(int number, boolean last) {
    int row = row(number);
    Optional<SpanRanges> spans = analysis.layers().get(files().layer(row)).spans();
    if (kind(number) != FILE || spans.isEmpty() || files().sizeBytes(row) == 0) {
      return -1;
    }
    long end = last ? files().sizeBytes(row) - 1 : 0;
    return spans.get().spanOf(files().dataOffset(row) + end);
  }

  private FileTable files() {
    return tree.files();
  }
}
