package io.thaw.cli.analyze.packages;

import io.thaw.cli.analyze.tree.ImageTree;
import io.thaw.cli.analyze.tree.PathWalk;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Collects packages and what they claim; the first claim on a file counts.
final class Claims {
  /// More packages than any distribution has.
  private static final int MAX_PACKAGES = 1_000_000;

  private static final int MAX_TEXT = 512;

  private final ImageTree tree;
  private final PathWalk walk;
  private final List<ImagePackage> packages = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final int[] owners;

  Claims(ImageTree tree) {
    this.tree = tree;
    this.walk = new PathWalk(tree);
    this.owners = new int[tree.files().count()];
    Arrays.fill(owners, PackageIndex.NONE);
  }

  ImageTree tree() {
    return tree;
  }

  /// Adds a package and returns its number, or [PackageIndex#NONE] if there are absurdly many.
  int add(PackageKind kind, String name, String version) {
    if (packages.size() == MAX_PACKAGES) {
      return PackageIndex.NONE;
    }
    packages.add(new ImagePackage(kind, shortened(name), shortened(version)));
    return packages.size() - 1;
  }

  /// A package says that it owns a path; directories belong to nobody.
  ///
  /// @param path from the root, with or without a slash at its start
  void claim(int owner, byte[] path) {
    int node = walk.findLink(path);
    if (node >= 0 && !tree.isDirectory(node)) {
      claimFile(owner, tree.file(node));
    }
  }

  void claim(int owner, String path) {
    claim(owner, path.getBytes(StandardCharsets.UTF_8));
  }

  void claimFile(int owner, int row) {
    if (owners[row] == PackageIndex.NONE) {
      owners[row] = owner;
    }
  }

  void note(String text) {
    notes.add(text);
  }

  PackageIndex finish() {
    return new PackageIndex(packages, owners, notes);
  }

  private static String shortened(String text) {
    return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT);
  }
}
