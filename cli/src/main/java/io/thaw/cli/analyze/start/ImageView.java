package io.thaw.cli.analyze.start;

import io.thaw.cli.analyze.scan.Document;
import io.thaw.cli.analyze.scan.Executable;
import io.thaw.cli.analyze.tree.ImageTree;
import io.thaw.cli.analyze.tree.PathWalk;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// An image as a process in it sees it, as far as it is known without its contents.
///
/// @param executables by row of the file table
/// @param documents by row of the file table
public record ImageView(
    ImageTree tree, Map<Integer, Executable> executables, Map<Integer, Document> documents) {

  /// The row of the regular file a path leads to, all links followed, or -1.
  int regularFile(String path) {
    int node = new PathWalk(tree).find(path);
    int row = node < 0 ? -1 : tree.file(node);
    return row >= 0 && tree.files().isRegular(row) ? row : -1;
  }

  boolean isExecutable(int row) {
    return (tree.files().mode(row) & 0111) != 0;
  }

  Optional<Executable> executable(int row) {
    return Optional.ofNullable(executables.get(row));
  }

  /// The names in a directory, sorted; none if it is not there.
  List<String> names(String directory) {
    List<String> names = new ArrayList<>();
    int node = new PathWalk(tree).find(directory);
    if (node >= 0) {
      tree.forEachChild(node, child -> names.add(tree.nameText(child)));
    }
    names.sort(null);
    return names;
  }

  /// A path without links, as the loader knows a program by its own.
  String realPath(String path) {
    int node = new PathWalk(tree).find(path);
    return node < 0 ? path : tree.pathText(node);
  }

  /// The content of a small file that was kept.
  Optional<String> text(String path) throws IOException {
    int row = regularFile(path);
    Document document = row < 0 ? null : documents.get(row);
    if (document == null) {
      return Optional.empty();
    }
    try (InputStream in = document.open()) {
      return Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }
}
