package io.thaw.cli.analyze.start;

import io.thaw.cli.analyze.scan.Executable;
import io.thaw.cli.analyze.scan.Executable.Elf;
import io.thaw.cli.analyze.start.LibrarySearch.Found;
import io.thaw.cli.analyze.start.LibrarySearch.Loaded;
import io.thaw.cli.analyze.start.StartFile.Reason;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Follows a command from its name to the last library its program is linked with.
public final class StartFinder {
  /// As many scripts may name each other as interpreters; the kernel has about the same bound.
  private static final int MAX_INTERPRETERS = 5;

  private static final int MAX_LIBRARIES = 10_000;

  private final ImageView image;
  private final ImageConfig config;
  private final Map<Integer, StartFile> files = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();

  public StartFinder(ImageView image, ImageConfig config) {
    this.image = image;
    this.config = config;
  }

  /// Adds the files a command opens.
  ///
  /// @throws IOException if the image has no such command; the message says where it was looked for
  public void addCommand(List<String> arguments) throws IOException {
    addProgram(program(arguments.getFirst()), 0);
  }

  /// Adds files by their absolute paths; what is not a file of the image is counted.
  public void addListed(List<String> paths) {
    int missing = 0;
    for (String path : paths) {
      int row = image.regularFile(path);
      if (row >= 0) {
        add(row, path, Reason.LISTED);
      } else {
        missing++;
      }
    }
    if (missing > 0) {
      notes.add(missing + " of " + paths.size() + " listed paths are no files of the image");
    }
  }

  /// Everything found.
  public StartFiles finish(List<String> arguments) {
    return new StartFiles(arguments, new ArrayList<>(files.values()), notes);
  }

  private String program(String name) throws IOException {
    if (name.contains("/")) {
      String path = name.startsWith("/") ? name : config.workingDirectory() + "/" + name;
      if (image.regularFile(path) < 0) {
        throw new IOException("The image has no file " + path);
      }
      return path;
    }
    for (String directory : config.searchPath()) {
      String path = directory + "/" + name;
      int row = image.regularFile(path);
      if (row >= 0 && image.isExecutable(row)) {
        return path;
      }
    }
    throw new IOException(
        "The image has no command " + name + " in " + String.join(":", config.searchPath()));
  }

  private void addProgram(String path, int depth) throws IOException {
    int row = image.regularFile(path);
    if (row < 0) {
      notes.add(path + " is not in the image");
      return;
    }
    Optional<Executable> executable = image.executable(row);
    if (executable.isEmpty()) {
      add(row, path, Reason.PROGRAM);
      notes.add(path + " is neither an ELF program nor a script");
      return;
    }
    switch (executable.get()) {
      case Elf elf -> {
        add(row, path, Reason.PROGRAM);
        addLibraries(elf, image.realPath(path));
      }
      case Executable.Script script -> {
        add(row, path, Reason.SCRIPT);
        if (depth == MAX_INTERPRETERS) {
          notes.add(path + " is the last of too many scripts that interpret each other");
        } else {
          addInterpreter(script.line(), depth + 1);
        }
      }
    }
  }

  private void addInterpreter(String line, int depth) throws IOException {
    String[] words = line.split("\\s+", -1);
    addProgram(words[0], depth);
    if (!words[0].endsWith("/env")) {
      return;
    }
    for (int i = 1; i < words.length; i++) {
      if (!words[i].startsWith("-") && !words[i].contains("=")) {
        addProgram(program(words[i]), depth);
        return;
      }
    }
  }

  private void addLibraries(Elf program, String path) throws IOException {
    program.problem().ifPresent(problem -> notes.add(path + ": " + problem));
    if (program.interpreter().isEmpty()) {
      return; // statically linked
    }
    String interpreter = program.interpreter().get();
    int loader = image.regularFile(interpreter);
    if (loader < 0) {
      notes.add("the loader " + interpreter + " of " + path + " is not in the image");
      return;
    }
    add(loader, interpreter, Reason.LOADER);
    addIfThere("/etc/ld.so.preload", Reason.LOADER_CONFIGURATION);
    addIfThere("/etc/ld.so.cache", Reason.LOADER_CONFIGURATION);
    LibrarySearch search =
        new LibrarySearch(
            image,
            program,
            config.variable("LD_LIBRARY_PATH"),
            LoaderPaths.of(image, interpreter, program));
    new Closure(search, loader).load(new Loaded(program, path, null), preloaded());
  }

  private List<String> preloaded() throws IOException {
    String names =
        config.variable("LD_PRELOAD").orElse("")
            + " "
            + image.text("/etc/ld.so.preload").orElse("").replaceAll("#.*", "");
    return List.of(names.strip().split("[\\s:]+", -1)).stream()
        .filter(name -> !name.isEmpty())
        .toList();
  }

  private void addIfThere(String path, Reason reason) {
    int row = image.regularFile(path);
    if (row >= 0) {
      add(row, path, reason);
    }
  }

  private void add(int row, String path, Reason reason) {
    files.putIfAbsent(row, new StartFile(row, path, reason));
  }

  /// Loads libraries breadth first, each once, as a dynamic loader does.
  private final class Closure {
    private final LibrarySearch search;
    private final Set<String> names = new HashSet<>();
    private final Set<Integer> rows = new HashSet<>();
    private final ArrayDeque<Loaded> waiting = new ArrayDeque<>();

    Closure(LibrarySearch search, int loader) {
      this.search = search;
      rows.add(loader);
    }

    void load(Loaded program, List<String> preloaded) {
      waiting.add(program);
      preloaded.forEach(name -> need(name, program, Reason.PRELOADED));
      while (!waiting.isEmpty()) {
        Loaded user = waiting.poll();
        user.elf().needed().forEach(name -> need(name, user, Reason.LIBRARY));
      }
    }

    private void need(String name, Loaded user, Reason reason) {
      if (!names.add(name)) {
        return;
      }
      Optional<Found> found = search.find(name, user);
      if (found.isEmpty()) {
        if (!isTheLoader(name)) {
          notes.add("library " + name + ", which " + user.path() + " needs, was not found");
        }
        return;
      }
      Found library = found.get();
      if (!rows.add(library.row()) || rows.size() > MAX_LIBRARIES) {
        return;
      }
      library.elf().soname().ifPresent(names::add);
      library.elf().problem().ifPresent(text -> notes.add(library.path() + ": " + text));
      add(library.row(), library.path(), reason);
      waiting.add(new Loaded(library.elf(), library.path(), user));
    }

    /// musl's loader is the C library, under whatever name programs ask for it.
    private boolean isTheLoader(String name) {
      return name.startsWith("libc.musl-") || name.startsWith("ld-");
    }
  }
}
