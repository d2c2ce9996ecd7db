package io.thaw.cli.analyze.report;

import io.thaw.cli.analyze.Analysis;
import io.thaw.cli.analyze.packages.ImagePackage;
import io.thaw.cli.analyze.packages.PackageIndex;
import io.thaw.cli.analyze.packages.PackageKind;
import io.thaw.cli.analyze.tree.FileTable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.IntPredicate;

/// What is largest in an image.
final class Rankings {
  private Rankings() {}

  /// Files and their content, of a package or of all packages of a kind.
  ///
  /// @param owner absent for files that no package claims
  record PackageTotal(Optional<ImagePackage> owner, int files, long bytes) {}

  /// All packages of a kind.
  ///
  /// @param kind absent for files that no package claims
  record KindTotal(Optional<PackageKind> kind, int packages, int files, long bytes) {}

  /// Rows of the largest files that a container sees.
  static List<Integer> largestFiles(Analysis analysis, int limit) {
    FileTable table = analysis.tree().files();
    return largest(table, limit, row -> table.isVisible(row) && table.isRegular(row));
  }

  /// Rows of the largest files that no container sees.
  static List<Integer> largestHidden(Analysis analysis, int limit) {
    FileTable table = analysis.tree().files();
    return largest(table, limit, row -> !table.isVisible(row) && table.sizeBytes(row) > 0);
  }

  private static List<Integer> largest(FileTable table, int limit, IntPredicate wanted) {
    Comparator<Integer> order =
        Comparator.<Integer>comparingLong(table::sizeBytes)
            .thenComparing(Comparator.reverseOrder());
    PriorityQueue<Integer> best = new PriorityQueue<>(order);
    for (int row = 0; row < table.count(); row++) {
      if (wanted.test(row)) {
        best.add(row);
        if (best.size() > limit) {
          best.poll();
        }
      }
    }
    List<Integer> rows = new ArrayList<>(best);
    rows.sort(order.reversed());
    return rows;
  }

  /// Packages with files, the largest first, and what belongs to none.
  static List<PackageTotal> packages(Analysis analysis) {
    PackageIndex index = analysis.packages();
    int[] files = new int[index.packages().size() + 1];
    long[] bytes = new long[files.length];
    FileTable table = analysis.tree().files();
    for (int row = 0; row < table.count(); row++) {
      if (table.isVisible(row) && table.isRegular(row)) {
        files[index.owner(row) + 1]++;
        bytes[index.owner(row) + 1] += table.sizeBytes(row);
      }
    }
    List<PackageTotal> totals = new ArrayList<>();
    for (int i = 0; i < files.length; i++) {
      Optional<ImagePackage> owner =
          i == 0 ? Optional.empty() : Optional.of(index.packages().get(i - 1));
      if (files[i] > 0 || owner.filter(Rankings::countsWithoutFiles).isPresent()) {
        totals.add(new PackageTotal(owner, files[i], bytes[i]));
      }
    }
    totals.sort(Comparator.comparingLong(PackageTotal::bytes).reversed());
    return totals;
  }

  /// Distributions have packages without files. A description of a Python package whose files all
  /// belong to a distribution's package is no package of its own.
  private static boolean countsWithoutFiles(ImagePackage owner) {
    return switch (owner.kind()) {
      case DPKG, APK, RPM -> true;
      case CONDA, PYTHON, NPM -> false;
    };
  }

  /// Totals of each kind that occurs, the largest first.
  static List<KindTotal> kinds(List<PackageTotal> packages) {
    List<KindTotal> totals = new ArrayList<>();
    List<Optional<PackageKind>> kinds = new ArrayList<>();
    kinds.add(Optional.empty());
    for (PackageKind kind : PackageKind.values()) {
      kinds.add(Optional.of(kind));
    }
    for (Optional<PackageKind> kind : kinds) {
      List<PackageTotal> mine =
          packages.stream()
              .filter(total -> total.owner().map(ImagePackage::kind).equals(kind))
              .toList();
      if (!mine.isEmpty()) {
        totals.add(
            new KindTotal(
                kind,
                kind.isEmpty() ? 0 : mine.size(),
                mine.stream().mapToInt(PackageTotal::files).sum(),
                mine.stream().mapToLong(PackageTotal::bytes).sum()));
      }
    }
    totals.sort(Comparator.comparingLong(KindTotal::bytes).reversed());
    return totals;
  }
}
