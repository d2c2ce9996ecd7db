package io.thaw.cli.analyze.packages;

import java.util.List;

/// The packages of an image and the files that belong to them. Immutable.
public final class PackageIndex {
  /// Of files that no package claims.
  public static final int NONE = -1;

  private final List<ImagePackage> packages;
  private final int[] owners;
  private final List<String> notes;

  /// @param owners for each row of the file table the number of its package, or -1
  PackageIndex(List<ImagePackage> packages, int[] owners, List<String> notes) {
    this.packages = List.copyOf(packages);
    this.owners = owners.clone();
    this.notes = List.copyOf(notes);
  }

  /// All packages, numbered from 0.
  public List<ImagePackage> packages() {
    return packages;
  }

  /// The number of the package a row belongs to, or [#NONE].
  public int owner(int row) {
    return owners[row];
  }

  /// Databases that could not be read, and why.
  public List<String> notes() {
    return notes;
  }
}
