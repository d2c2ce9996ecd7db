package io.thaw.cli.analyze.packages;

import io.thaw.cli.analyze.scan.Document;
import java.nio.charset.StandardCharsets;

/// A package database, or a part of one, that a container sees.
public final class DatabaseFile {
  private final int node;
  private final byte[] path;
  private final Document content;

  /// @param node its node in the tree
  /// @param path absolute
  public DatabaseFile(int node, byte[] path, Document content) {
    this.node = node;
    this.path = path.clone();
    this.content = content;
  }

  int node() {
    return node;
  }

  byte[] path() {
    return path.clone();
  }

  Document content() {
    return content;
  }

  String text() {
    return new String(path, StandardCharsets.UTF_8);
  }

  /// The last component of the path.
  String name() {
    String text = text();
    return text.substring(text.lastIndexOf('/') + 1);
  }

  /// The path of the directory `levels` above the file, with a slash at its end.
  String directory(int levels) {
    String text = text();
    int end = text.length();
    for (int i = 0; i < levels && end > 0; i++) {
      end = text.lastIndexOf('/', end - 1);
    }
    return text.substring(0, Math.max(0, end)) + "/";
  }
}
