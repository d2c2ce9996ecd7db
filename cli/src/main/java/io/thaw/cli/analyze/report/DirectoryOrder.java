package io.thaw.cli.analyze.report;

import io.thaw.cli.analyze.Analysis;
import io.thaw.cli.analyze.tree.ImageTree;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The largest directories of an image as a tree is read: each below the one that holds it, the
/// larger before the smaller.
final class DirectoryOrder {
  private DirectoryOrder() {}

  static List<Integer> of(Analysis analysis, int limit) {
    ImageTree tree = analysis.tree();
    Map<Integer, List<Integer>> children = new HashMap<>();
    for (int node : analysis.sizes().largest(tree, limit, true)) {
      children.computeIfAbsent(tree.parent(node), key -> new ArrayList<>()).add(node);
    }
    Comparator<Integer> smallerFirst =
        Comparator.<Integer>comparingLong(node -> analysis.sizes().bytes(node))
            .thenComparing((a, b) -> tree.compareNames(b, a));
    children.values().forEach(list -> list.sort(smallerFirst));
    List<Integer> order = new ArrayList<>();
    List<Integer> waiting = new ArrayList<>(children.getOrDefault(-1, List.of()));
    while (!waiting.isEmpty()) {
      int node = waiting.removeLast();
      order.add(node);
      waiting.addAll(children.getOrDefault(node, List.of()));
    }
    return order;
  }
}
