package io.thaw.cli.analyze.report;

import io.thaw.cli.analyze.Analysis;
import io.thaw.cli.analyze.Duplicates;
import io.thaw.cli.analyze.LayerFacts;
import io.thaw.cli.analyze.TreeSizes;
import io.thaw.cli.analyze.packages.ImagePackage;
import io.thaw.cli.analyze.report.Rankings.KindTotal;
import io.thaw.cli.analyze.report.Rankings.PackageTotal;
import io.thaw.cli.analyze.scan.SpanRanges;
import io.thaw.cli.analyze.start.SpanNeeds.LayerNeed;
import io.thaw.cli.analyze.start.StartFile;
import io.thaw.cli.analyze.tree.FileTable;
import io.thaw.cli.analyze.tree.ImageTree;
import java.io.PrintWriter;
import java.util.List;

/// Prints an analysis as tables for people.
public final class TextReport {
  private static final int LONGEST_HISTORY = 72;

  private final Analysis analysis;
  private final FileTable files;
  private final ImageTree tree;
  private final PrintWriter out;
  private final int top;

  private TextReport(Analysis analysis, PrintWriter out, int top) {
    this.analysis = analysis;
    this.files = analysis.tree().files();
    this.tree = analysis.tree();
    this.out = out;
    this.top = top;
  }

  /// Prints all tables.
  ///
  /// @param top how many rows the longer tables have at most
  public static void print(Analysis analysis, PrintWriter out, int top) {
    TextReport report = new TextReport(analysis, out, top);
    report.summary();
    report.layers();
    report.directories();
    report.packages();
    report.largestFiles();
    report.duplicates();
    report.hidden();
    analysis.start().ifPresent(report::start);
    if (!analysis.notes().isEmpty()) {
      report.title("Notes");
      analysis.notes().forEach(note -> out.println("  " + Texts.printable(note)));
    }
  }

  private void title(String text) {
    out.println();
    out.println(text);
  }

  private void summary() {
    TreeSizes sizes = analysis.sizes();
    out.println(
        Texts.printable(analysis.name())
            + "  "
            + Texts.printable(analysis.platform())
            + "  "
            + analysis.manifest());
    out.println(
        "  "
            + Texts.size(analysis.storedBytes())
            + " stored in "
            + counted(analysis.layers().size(), "layer")
            + ", "
            + Texts.size(analysis.tarBytes())
            + " unpacked");
    out.println(
        "  "
            + Texts.size(sizes.bytes(ImageTree.ROOT))
            + " in "
            + counted(sizes.files(ImageTree.ROOT), "file")
            + " that a container sees, "
            + Texts.count(sizes.directories())
            + " directories, "
            + counted(sizes.symbolicLinks(), "symbolic link"));
    out.println(
        "  "
            + Texts.size(analysis.hiddenBytes())
            + " in "
            + counted(analysis.hiddenFiles(), "file")
            + " that later layers hide, "
            + Texts.size(analysis.duplicates().wastedBytes())
            + " in "
            + counted(analysis.duplicates().files(), "file")
            + " with the content of another");
  }

  private static String counted(long count, String what) {
    return Texts.count(count) + " " + what + (count == 1 ? "" : "s");
  }

  private void layers() {
    title("Layers");
    TextTable table =
        new TextTable(
            ">#",
            "DIGEST",
            ">STORED",
            ">UNPACKED",
            ">FILES",
            ">HIDDEN",
            ">HIDES",
            ">SPANS",
            "CREATED BY");
    for (LayerFacts layer : analysis.layers()) {
      String spans =
          layer.spans().map(found -> Texts.count(found.count())).orElse(layer.compression());
      table.add(
          String.valueOf(layer.number()),
          layer.descriptor().digest().hex().substring(0, 12),
          Texts.size(layer.descriptor().sizeBytes()),
          Texts.size(layer.tarBytes()),
          Texts.count(layer.files()),
          Texts.size(layer.hiddenBytes()),
          Texts.size(layer.removesBytes()),
          spans,
          Texts.shortened(Texts.printable(layer.createdBy().strip()), LONGEST_HISTORY));
    }
    table.print(out);
  }

  private void directories() {
    title("Directories (the largest " + top + ")");
    TreeSizes sizes = analysis.sizes();
    long all = sizes.bytes(ImageTree.ROOT);
    TextTable table = new TextTable(">SIZE", ">SHARE", ">FILES", "DIRECTORY");
    for (int node : DirectoryOrder.of(analysis, top)) {
      table.add(
          Texts.size(sizes.bytes(node)),
          Texts.share(sizes.bytes(node), all),
          Texts.count(sizes.files(node)),
          "  ".repeat(depth(node)) + label(node));
    }
    table.print(out);
  }

  private String label(int node) {
    return node == ImageTree.ROOT ? "/" : Texts.printable(tree.name(node)) + "/";
  }

  private int depth(int node) {
    int depth = 0;
    for (int at = node; at != ImageTree.ROOT; at = tree.parent(at)) {
      depth++;
    }
    return depth;
  }

  private void packages() {
    List<PackageTotal> packages = Rankings.packages(analysis);
    title("Package managers");
    TextTable kinds = new TextTable("MANAGER", ">PACKAGES", ">FILES", ">SIZE");
    for (KindTotal kind : Rankings.kinds(packages)) {
      kinds.add(
          kind.kind().map(found -> found.label()).orElse("no package"),
          kind.kind().isEmpty() ? "" : Texts.count(kind.packages()),
          Texts.count(kind.files()),
          Texts.size(kind.bytes()));
    }
    kinds.print(out);
    List<PackageTotal> named = packages.stream().filter(p -> p.owner().isPresent()).toList();
    if (named.isEmpty()) {
      return;
    }
    title("Packages (" + limited(named.size()) + ")");
    TextTable table = new TextTable(">SIZE", ">FILES", "MANAGER", "PACKAGE", "VERSION");
    for (PackageTotal total : named.subList(0, Math.min(top, named.size()))) {
      ImagePackage owner = total.owner().orElseThrow();
      table.add(
          Texts.size(total.bytes()),
          Texts.count(total.files()),
          owner.kind().label(),
          Texts.printable(owner.name()),
          Texts.printable(owner.version()));
    }
    table.print(out);
  }

  private String limited(int count) {
    if (count == 1) {
      return "1";
    }
    return count <= top ? "all " + count : "the largest " + top + " of " + Texts.count(count);
  }

  private void largestFiles() {
    title("Files (" + limited(analysis.sizes().files(ImageTree.ROOT)) + ")");
    TextTable table = new TextTable(">SIZE", ">LAYER", "FILE");
    for (int row : Rankings.largestFiles(analysis, top)) {
      table.add(Texts.size(files.sizeBytes(row)), layer(row), path(row));
    }
    table.print(out);
  }

  private String layer(int row) {
    return String.valueOf(files.layer(row));
  }

  private String path(int row) {
    return Texts.printable(tree.path(files.node(row)));
  }

  private void duplicates() {
    List<Duplicates.Group> groups = analysis.duplicates().groups();
    if (groups.isEmpty()) {
      return;
    }
    title("Same content more than once (" + limited(groups.size()) + ")");
    TextTable table = new TextTable(">WASTED", ">COPIES", ">SIZE", ">LAYERS", "FILE");
    for (Duplicates.Group group : groups.subList(0, Math.min(top, groups.size()))) {
      String first = path(group.rows().getFirst());
      String second = path(group.rows().get(1));
      table.add(
          Texts.size(group.wastedBytes()),
          Texts.count(group.count()),
          Texts.size(group.sizeBytes()),
          String.valueOf(group.layers()),
          first.equals(second) ? first + " (again)" : first + "  =  " + second);
    }
    table.print(out);
  }

  private void hidden() {
    if (analysis.hiddenFiles() == 0) {
      return;
    }
    title("Carried, but hidden by a later layer (" + limited(analysis.hiddenFiles()) + ")");
    TextTable table = new TextTable(">SIZE", ">LAYER", "BECAME", ">IN LAYER", "FILE");
    for (int row : Rankings.largestHidden(analysis, top)) {
      table.add(
          Texts.size(files.sizeBytes(row)),
          layer(row),
          files.fate(row).label(),
          String.valueOf(files.fateLayer(row)),
          path(row));
    }
    table.print(out);
  }

  private void start(Analysis.Start start) {
    boolean command = !start.files().arguments().isEmpty();
    title(
        command
            ? "To start " + Texts.printable(String.join(" ", start.files().arguments()))
            : "The listed files");
    if (command) {
      out.println(
          "  A lower bound, found without running it: what the kernel and the loader open before"
              + " the program's own code runs.");
    }
    out.println();
    TextTable table = new TextTable(">SIZE", ">LAYER", ">SPANS", "WHY", "FILE");
    for (StartFile file : start.files().files()) {
      table.add(
          Texts.size(files.sizeBytes(file.row())),
          layer(file.row()),
          spans(file.row()),
          file.reason().label(),
          Texts.printable(file.path()));
    }
    table.print(out);
    out.println();
    needs(start);
    start.files().notes().forEach(note -> out.println("  note: " + Texts.printable(note)));
  }

  private String spans(int row) {
    LayerFacts layer = analysis.layers().get(files.layer(row));
    if (layer.spans().isEmpty() || files.sizeBytes(row) == 0) {
      return "";
    }
    SpanRanges ranges = layer.spans().get();
    int first = ranges.spanOf(files.dataOffset(row));
    int last = ranges.spanOf(files.dataOffset(row) + files.sizeBytes(row) - 1);
    return first == last ? String.valueOf(first) : first + "-" + last;
  }

  private void needs(Analysis.Start start) {
    TextTable table = new TextTable(">LAYER", ">FILES", ">SPANS", ">FETCHED", ">OF", ">SHARE");
    long fetched = 0;
    for (LayerNeed need : start.layers()) {
      fetched += need.storedBytes();
      table.add(
          String.valueOf(need.layer()),
          Texts.count(need.files()),
          need.spanCount() == 0 ? "whole" : need.spans().cardinality() + " of " + need.spanCount(),
          Texts.size(need.storedBytes()),
          Texts.size(need.layerBytes()),
          Texts.share(need.storedBytes(), need.layerBytes()));
    }
    table.add(
        "all",
        Texts.count(start.files().files().size()),
        "",
        Texts.size(fetched),
        Texts.size(analysis.storedBytes()),
        Texts.share(fetched, analysis.storedBytes()));
    table.print(out);
  }
}
