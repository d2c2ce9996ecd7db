package io.thaw.cli.analyze.start;

import io.thaw.cli.analyze.scan.Executable;
import io.thaw.cli.analyze.scan.Executable.Elf;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Looks for a library as ld.so(8) and musl's loader do: RPATH of who needs it and of who needed
/// that, unless there is a RUNPATH; LD_LIBRARY_PATH; RUNPATH; the loader's own directories. A file
/// for another machine is passed over.
final class LibrarySearch {
  private final ImageView image;
  private final Elf program;
  private final List<String> environment;
  private final List<String> defaults;

  /// @param environment LD_LIBRARY_PATH
  LibrarySearch(ImageView image, Elf program, Optional<String> environment, List<String> defaults) {
    this.image = image;
    this.program = program;
    this.environment =
        environment.map(value -> List.of(value.split("[:;]", -1))).orElseGet(List::of);
    this.defaults = defaults;
  }

  /// A loaded object.
  ///
  /// @param path under which it was found
  /// @param neededBy who brought it; null for the program
  record Loaded(Elf elf, String path, @Nullable Loaded neededBy) {}

  /// A library and where it was found.
  record Found(int row, String path, Elf elf) {}

  Optional<Found> find(String name, Loaded user) {
    if (name.contains("/")) {
      return library(name);
    }
    for (String directory : directories(user)) {
      Optional<Found> found = library(directory + "/" + name);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private List<String> directories(Loaded user) {
    List<String> all = new ArrayList<>();
    if (user.elf().runpath().isEmpty()) {
      for (Loaded at = user; at != null; at = at.neededBy()) {
        expand(at.elf().rpath(), at.path(), all);
      }
    }
    environment.stream().filter(directory -> directory.startsWith("/")).forEach(all::add);
    expand(user.elf().runpath(), user.path(), all);
    all.addAll(defaults);
    return all;
  }

  private void expand(Optional<String> list, String path, List<String> all) {
    if (list.isEmpty()) {
      return;
    }
    String origin = path.substring(0, Math.max(1, path.lastIndexOf('/')));
    for (String part : list.get().split(":", -1)) {
      String directory = part.replace("${ORIGIN}", origin).replace("$ORIGIN", origin);
      if (directory.contains("$LIB") || directory.contains("${LIB}")) {
        String triplet = LoaderPaths.triplet(program).orElse("");
        for (String lib : List.of("lib/" + triplet, "lib64", "lib")) {
          all.add(directory.replace("${LIB}", lib).replace("$LIB", lib));
        }
      } else if (directory.startsWith("/")) {
        all.add(directory);
      }
    }
  }

  private Optional<Found> library(String path) {
    int row = image.regularFile(path);
    if (row < 0) {
      return Optional.empty();
    }
    Optional<Executable> executable = image.executable(row);
    return executable.isPresent()
            && executable.get() instanceof Elf elf
            && elf.bits() == program.bits()
            && elf.machine() == program.machine()
        ? Optional.of(new Found(row, path, elf))
        : Optional.empty();
  }
}
