package io.thaw.daemon.cover;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thaw.ztoc.tree.LayerTree;
import io.thaw.ztoc.tree.NodeKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/// The directories of a layer that depend on where in an image it lies, with all above them.
///
/// @param directories each before those in it, the root first
public record LayerFrame(List<Directory> directories) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long MAX_BYTES = 1L << 28;

  public LayerFrame {
    directories = List.copyOf(directories);
  }

  /// One directory.
  ///
  /// @param path from the layer's root, without a slash at its start; empty for the root. Bytes are
  ///     characters of Latin-1
  /// @param implicit whether files lie in it though the layer has no entry for it
  /// @param hiding whether it hides something that lower layers have: it is opaque or has a
  ///     whiteout
  record Directory(String path, boolean implicit, boolean hiding, Attributes attributes) {

    /// Path of the directory it is in.
    String parent() {
      return parentOf(path);
    }
  }

  static String parentOf(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  /// The frame of a layer; empty if nothing in it depends on other layers.
  public static Optional<LayerFrame> of(LayerTree tree) {
    BitSet implicit = new BitSet();
    BitSet hiding = new BitSet();
    if (tree.isOpaque(tree.root())) {
      hiding.set(tree.root());
    }
    for (int dirent = 0; dirent < tree.direntCount(); dirent++) {
      int node = tree.direntNode(dirent);
      if (tree.isWhiteout(node)) {
        hiding.set(tree.direntParent(dirent));
      } else if (tree.kind(node) == NodeKind.DIRECTORY) {
        implicit.set(node, tree.isImplicit(node));
        if (tree.isOpaque(node)) {
          hiding.set(node);
        }
      }
    }
    BitSet kept = new BitSet();
    implicit.stream().forEach(node -> keep(tree, node, kept));
    hiding.stream().forEach(node -> keep(tree, node, kept));
    if (kept.isEmpty()) {
      return Optional.empty();
    }
    List<Directory> directories = new ArrayList<>();
    directories.add(directory(tree, tree.root(), false, hiding.get(tree.root())));
    for (int dirent = 0; dirent < tree.direntCount(); dirent++) {
      int node = tree.direntNode(dirent);
      if (kept.get(node)) {
        directories.add(directory(tree, node, implicit.get(node), hiding.get(node)));
      }
    }
    return Optional.of(new LayerFrame(directories));
  }

  private static Directory directory(LayerTree tree, int node, boolean implicit, boolean hiding) {
    return new Directory(Latin1.text(tree.path(node)), implicit, hiding, Attributes.of(tree, node));
  }

  private static void keep(LayerTree tree, int node, BitSet kept) {
    int at = node;
    while (!kept.get(at)) {
      kept.set(at);
      at = tree.parent(at);
    }
  }

  /// Reads what [#content] gave; empty if the file is absent.
  public static Optional<LayerFrame> read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException(file + " has " + Files.size(file) + " bytes, more than a frame can");
    }
    return Optional.of(
        new LayerFrame(
            JSON.readValue(Files.readAllBytes(file), new TypeReference<List<Directory>>() {})));
  }

  /// The frame as a file's content.
  public byte[] content() throws IOException {
    return JSON.writeValueAsBytes(directories);
  }
}
