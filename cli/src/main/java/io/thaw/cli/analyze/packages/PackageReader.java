package io.thaw.cli.analyze.packages;

import io.thaw.cli.analyze.tree.ImageTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Finds out which package each file belongs to.
public final class PackageReader {
  private final Claims claims;
  private final Path scratch;

  /// @param scratch an existing directory for temporary files
  public PackageReader(ImageTree tree, Path scratch) {
    this.claims = new Claims(tree);
    this.scratch = scratch;
  }

  /// Reads all databases; other documents among them are left alone.
  public PackageIndex read(List<DatabaseFile> files) throws IOException {
    List<DatabaseFile> sorted = new ArrayList<>(files);
    sorted.sort((a, b) -> Arrays.compareUnsigned(a.path(), b.path()));
    new DpkgDatabase(claims)
        .read(sorted.stream().filter(file -> file.text().startsWith("/var/lib/dpkg/")).toList());
    RpmDatabase rpm = new RpmDatabase(claims, scratch);
    JsonPackages json = new JsonPackages(claims);
    for (DatabaseFile file : sorted) {
      if (file.text().endsWith("lib/apk/db/installed")) {
        new ApkDatabase(claims).read(file.content());
      } else if (file.name().equals("rpmdb.sqlite")) {
        rpm.read(file);
      }
    }
    for (DatabaseFile file : sorted) {
      if (file.directory(1).endsWith("/conda-meta/") && file.name().endsWith(".json")) {
        json.readConda(file);
      }
    }
    PythonPackages python = new PythonPackages(claims);
    for (DatabaseFile file : sorted) {
      if (file.directory(1).endsWith(".dist-info/")) {
        python.read(file);
      }
    }
    readNpm(json, sorted);
    return claims.finish();
  }

  /// A package of npm has what lies below its directory, but for packages further below.
  private void readNpm(JsonPackages json, List<DatabaseFile> files) throws IOException {
    ImageTree tree = claims.tree();
    Map<Integer, Integer> byDirectory = new HashMap<>();
    for (DatabaseFile file : files) {
      if (file.name().equals("package.json")) {
        int owner = json.readNpm(file);
        if (owner != PackageIndex.NONE) {
          byDirectory.put(tree.parent(file.node()), owner);
        }
      }
    }
    if (byDirectory.isEmpty()) {
      return;
    }
    int[] inherited = new int[tree.nodeCount()];
    inherited[ImageTree.ROOT] = PackageIndex.NONE;
    for (int node = 1; node < tree.nodeCount(); node++) {
      Integer own = byDirectory.get(node);
      inherited[node] = own == null ? inherited[tree.parent(node)] : own;
      if (inherited[node] != PackageIndex.NONE && tree.isVisible(node) && !tree.isDirectory(node)) {
        claims.claimFile(inherited[node], tree.file(node));
      }
    }
  }
}
