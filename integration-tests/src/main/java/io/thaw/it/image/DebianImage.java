package io.thaw.it.image;

import io.thaw.it.node.Commands;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// An image made of Debian or Ubuntu packages: python3 and numpy on a minimal root, and more.
///
/// Made once and kept in a cache directory, under a name that changes with the recipe and the
/// distribution's release.
public final class DebianImage {
  private static final int RECIPE = 5;
  private static final List<String> BASE =
      List.of(
          "base-files",
          "base-passwd",
          "bash",
          "coreutils",
          "dash",
          "libc-bin",
          "perl-base",
          "util-linux",
          "mount",
          "passwd",
          "findutils",
          "grep",
          "sed",
          "tar",
          "gzip",
          "ca-certificates",
          "openssl",
          "tzdata");
  private static final List<String> PYTHON = List.of("python3");
  private static final List<String> NUMPY = List.of("python3-numpy", "libopenblas0-pthread");
  private static final List<String> SCIENCE = List.of("python3-scipy", "python3-pil");

  /// What the demo's image is filled up with where the distribution's packages are lean, in turn
  /// until it is as large as an image of the kind is at least.
  private static final List<String> MORE_SCIENCE =
      List.of(
          "python3-pandas",
          "python3-sklearn",
          "python3-matplotlib",
          "python3-numba",
          "python3-sympy");

  private static final long ENOUGH_ARCHIVE_BYTES = 115_000_000;
  private static final String PROGRAM = "import numpy\nprint(numpy.ones(2) + 1, flush=True)\n";

  /// What the image prints.
  public static final String OUTPUT = "[2. 2.]";

  private final Path cache;
  private final Consumer<String> progress;

  /// @param cache where images and packages are kept, see [#defaultCache]
  /// @param progress is told what is going on, a line each
  public DebianImage(Path cache, Consumer<String> progress) {
    this.cache = cache;
    this.progress = progress;
  }

  /// `$XDG_CACHE_HOME/thaw`, or `~/.cache/thaw`.
  public static Path defaultCache() {
    String xdg = System.getenv("XDG_CACHE_HOME");
    return xdg == null || xdg.isBlank()
        ? Path.of(System.getProperty("user.home"), ".cache", "thaw")
        : Path.of(xdg, "thaw");
  }

  /// The demo's image: base, python, numpy, scientific libraries, program.
  public ImageLayout demo() throws IOException {
    return cached("demo", List.of(BASE, PYTHON, NUMPY, SCIENCE), true, false);
  }

  /// The tests' image: base, python, numpy, a layer of rare things (devices, fifos, capabilities,
  /// xattrs, odd names, deletions), program.
  public ImageLayout small() throws IOException {
    return cached("small", List.of(BASE, PYTHON, NUMPY), false, true);
  }

  private ImageLayout cached(
      String name, List<List<String>> layers, boolean fillUp, boolean oddities) throws IOException {
    String release = Files.readString(Path.of("/etc/os-release"));
    String recipe =
        RECIPE
            + release
            + System.getProperty("os.arch")
            + layers
            + (oddities ? Oddities.recipe() : "");
    String key = Integer.toHexString(recipe.hashCode());
    Path dir = cache.resolve("images").resolve(name + "-" + key);
    if (!Files.isRegularFile(dir.resolve("index.json"))) {
      Files.createDirectories(dir.getParent());
      Path work = Files.createTempDirectory(dir.getParent(), "making-");
      try {
        make(work, layers, fillUp, oddities);
        Files.move(work.resolve("layout"), dir, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Commands.run("rm", "-rf", "--one-file-system", work.toString());
      }
    }
    return ImageLayout.read(dir);
  }

  private void make(Path work, List<List<String>> recipe, boolean fillUp, boolean oddities)
      throws IOException {
    PackageSource source = new PackageSource(cache.resolve("packages"));
    LayoutWriter layout = new LayoutWriter(work.resolve("layout"));
    RootTree tree = new RootTree(Files.createDirectory(work.resolve("root")));
    List<List<String>> layers = new ArrayList<>(recipe);
    List<String> wanted = new ArrayList<>();
    layers.forEach(wanted::addAll);
    progress.accept("fetching packages of this distribution");
    source.closure(wanted);
    if (fillUp) {
      List<String> last = fillUp(source, wanted, layers.removeLast());
      layers.add(last);
      wanted.addAll(last);
    }
    source.download(wanted);

    Set<String> unpacked = new LinkedHashSet<>();
    List<String> names = new ArrayList<>();
    for (List<String> packages : layers) {
      names.addAll(packages);
      for (String file : source.closure(names)) {
        if (unpacked.add(file)) {
          tree.unpack(source.archive(file));
        }
      }
      finishPackages(tree);
      report(packages.getFirst(), tree.addLayer(layout));
    }
    if (oddities) {
      report("rare things", Oddities.addLayer(layout, work));
    }
    addProgram(tree);
    report("program", tree.addLayer(layout));
    layout.finish(
        List.of("/usr/bin/python3", "/app/run.py"),
        List.of(
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "PYTHONDONTWRITEBYTECODE=1",
            "OPENBLAS_NUM_THREADS=1"));
  }

  /// `layer` with as many of the further packages as make the image large enough.
  private static List<String> fillUp(
      PackageSource source, List<String> wanted, List<String> layer) {
    List<String> filled = new ArrayList<>(layer);
    for (String candidate : MORE_SCIENCE) {
      List<String> all = new ArrayList<>(wanted);
      all.addAll(filled);
      if (source.archiveBytes(all).orElse(0) >= ENOUGH_ARCHIVE_BYTES) {
        break;
      }
      all.add(candidate);
      if (source.archiveBytes(all).isPresent()) {
        filled.add(candidate);
      }
    }
    return filled;
  }

  // What the packages' own scripts would do and a program needs: accounts, alternatives, byte code.
  private static void finishPackages(RootTree tree) throws IOException {
    tree.copyIfAbsent("usr/share/base-passwd/passwd.master", "etc/passwd");
    tree.copyIfAbsent("usr/share/base-passwd/group.master", "etc/group");
    chooseBlas(tree);
    if (Files.isExecutable(tree.path().resolve("usr/bin/python3"))) {
      tree.chroot(
          "/usr/bin/python3",
          "-m",
          "compileall",
          "-q",
          "--invalidation-mode",
          "unchecked-hash",
          "/usr/lib/python3",
          "/usr/lib/" + pythonName(tree));
    }
  }

  // Every library in a directory openblas-pthread is one of the alternatives of its name.
  private static void chooseBlas(RootTree tree) throws IOException {
    for (String triplet : names(tree.path().resolve("usr/lib"))) {
      Path dir = Path.of("usr/lib", triplet, "openblas-pthread");
      for (String library : names(tree.path().resolve(dir))) {
        tree.link(Path.of("usr/lib", triplet, library), Path.of("openblas-pthread", library));
      }
    }
  }

  private static List<String> names(Path dir) throws IOException {
    if (!Files.isDirectory(dir)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(dir)) {
      return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    }
  }

  private static String pythonName(RootTree tree) throws IOException {
    return String.valueOf(
        Files.readSymbolicLink(tree.path().resolve("usr/bin/python3")).getFileName());
  }

  private static void addProgram(RootTree tree) throws IOException {
    Path app = Files.createDirectory(tree.path().resolve("app"));
    Path program = app.resolve("run.py");
    Files.write(program, PROGRAM.getBytes(StandardCharsets.UTF_8));
    Files.setLastModifiedTime(program, FileTime.fromMillis(1_767_225_600_123L));
  }

  private void report(String what, Layer layer) {
    progress.accept("layer %s: %.1f MB".formatted(what, layer.sizeBytes() / 1e6));
  }
}
