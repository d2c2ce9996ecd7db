package io.thaw.cli.analyze.scan;

import java.util.List;
import java.util.Optional;

/// What a file says about how it is started.
public sealed interface Executable {

  /// An ELF file, program or library.
  ///
  /// @param bits 32 or 64
  /// @param machine ELF's `e_machine`
  /// @param interpreter the loader a program names
  /// @param soname the name a library gives itself
  /// @param needed libraries it wants, in their order
  /// @param rpath `DT_RPATH`, not split
  /// @param runpath `DT_RUNPATH`, not split
  /// @param problem why the lists may be incomplete
  record Elf(
      int bits,
      int machine,
      Optional<String> interpreter,
      Optional<String> soname,
      List<String> needed,
      Optional<String> rpath,
      Optional<String> runpath,
      Optional<String> problem)
      implements Executable {
    public Elf {
      needed = List.copyOf(needed);
    }
  }

  /// A script with a `#!` line.
  ///
  /// @param line what follows `#!`, up to the line's end
  record Script(String line) implements Executable {}
}
