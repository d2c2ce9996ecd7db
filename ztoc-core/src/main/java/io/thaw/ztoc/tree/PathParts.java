package io.thaw.ztoc.tree;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A path inside a layer as its cleaned components: no empty ones, no ".", and ".." taken back
/// lexically, never above the root.
///
/// This is what Go's `filepath.Clean` and a join to the root make of a tar name.
record PathParts(List<byte[]> parts) {

  static PathParts of(byte[] path) {
    List<byte[]> parts = new ArrayList<>();
    append(parts, path);
    return new PathParts(parts);
  }

  boolean isRoot() {
    return parts.isEmpty();
  }

  byte[] base() {
    return parts.getLast();
  }

  PathParts parent() {
    return new PathParts(parts.subList(0, parts.size() - 1));
  }

  byte[] part(int index) {
    return parts.get(index);
  }

  int count() {
    return parts.size();
  }

  /// This path with the symbolic link at `index` replaced by its target.
  PathParts follow(int index, byte[] target) {
    boolean absolute = target.length > 0 && target[0] == '/';
    List<byte[]> followed = new ArrayList<>(absolute ? List.of() : parts.subList(0, index));
    append(followed, target);
    followed.addAll(parts.subList(index + 1, parts.size()));
    return new PathParts(followed);
  }

  /// The length of the path with one slash between components.
  long length() {
    return parts.stream().mapToLong(part -> part.length + 1L).sum();
  }

  byte[] bytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < parts.size(); i++) {
      if (i > 0) {
        bytes.write('/');
      }
      bytes.writeBytes(parts.get(i));
    }
    return bytes.toByteArray();
  }

  private static void append(List<byte[]> parts, byte[] path) {
    int start = 0;
    for (int end = 0; end <= path.length; end++) {
      if (end == path.length || path[end] == '/') {
        appendOne(parts, path, start, end);
        start = end + 1;
      }
    }
  }

  private static void appendOne(List<byte[]> parts, byte[] path, int start, int end) {
    int length = end - start;
    if (length == 0 || (length == 1 && path[start] == '.')) {
      return;
    }
    if (length == 2 && path[start] == '.' && path[start + 1] == '.') {
      if (!parts.isEmpty()) {
        parts.removeLast();
      }
      return;
    }
    parts.add(Arrays.copyOfRange(path, start, end));
  }
}
