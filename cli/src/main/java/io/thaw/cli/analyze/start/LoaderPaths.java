package io.thaw.cli.analyze.start;

import io.thaw.cli.analyze.scan.Executable.Elf;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// The directories a dynamic loader looks into whatever the library, in its order.
///
/// glibc (ld.so(8)) has a cache that ldconfig makes of the directories in `/etc/ld.so.conf`, and
/// built-in ones, on Debian those of the architecture first. musl reads `/etc/ld-musl-ARCH.path` or
/// takes `/lib:/usr/local/lib:/usr/lib`. The cache itself is not read: its directories are.
final class LoaderPaths {
  private static final int MAX_INCLUDES = 64;
  private static final List<String> GLIBC =
      List.of("/lib64", "/usr/lib64", "/lib", "/usr/lib", "/lib32", "/usr/lib32");
  private static final List<String> MUSL = List.of("/lib", "/usr/local/lib", "/usr/lib");

  private final ImageView image;
  private final Set<String> configured = new LinkedHashSet<>();
  private int includes;

  private LoaderPaths(ImageView image) {
    this.image = image;
  }

  /// @param interpreter the loader's path; names the C library and the architecture
  static List<String> of(ImageView image, String interpreter, Elf program) throws IOException {
    LoaderPaths paths = new LoaderPaths(image);
    String name = interpreter.substring(interpreter.lastIndexOf('/') + 1);
    if (name.startsWith("ld-musl-")) {
      String file = "/etc/" + name.replaceAll("\\.so\\.1$", ".path");
      Optional<String> text = image.text(file);
      return text.isPresent() ? List.of(text.get().strip().split("[:\\n]", -1)) : MUSL;
    }
    paths.readConfiguration("/etc/ld.so.conf");
    List<String> all = new ArrayList<>(paths.configured);
    triplet(program)
        .ifPresent(triplet -> all.addAll(List.of("/lib/" + triplet, "/usr/lib/" + triplet)));
    all.addAll(GLIBC);
    return all.stream().distinct().toList();
  }

  /// The directory Debian keeps libraries of an architecture in.
  static Optional<String> triplet(Elf program) {
    return switch (program.machine()) {
      case 0x3e -> Optional.of(program.bits() == 64 ? "x86_64-linux-gnu" : "x86_64-linux-gnux32");
      case 0xb7 -> Optional.of("aarch64-linux-gnu");
      case 0x03 -> Optional.of("i386-linux-gnu");
      case 0x28 -> Optional.of("arm-linux-gnueabihf");
      case 0x15 -> Optional.of("powerpc64le-linux-gnu");
      case 0x16 -> Optional.of("s390x-linux-gnu");
      case 0xf3 -> Optional.of("riscv64-linux-gnu");
      default -> Optional.empty();
    };
  }

  private void readConfiguration(String file) throws IOException {
    if (++includes > MAX_INCLUDES) {
      return;
    }
    for (String raw : image.text(file).orElse("").split("\\n", -1)) {
      int hash = raw.indexOf('#');
      String line = (hash < 0 ? raw : raw.substring(0, hash)).strip();
      if (line.startsWith("include") && line.length() > 8) {
        include(line.substring(8).strip());
      } else if (line.startsWith("/")) {
        configured.add(line.replaceAll("=.*$", "").strip());
      }
    }
  }

  private void include(String pattern) throws IOException {
    String absolute = pattern.startsWith("/") ? pattern : "/etc/" + pattern;
    int slash = absolute.lastIndexOf('/');
    String directory = absolute.substring(0, slash + 1);
    Pattern glob =
        Pattern.compile(
            Pattern.quote(absolute.substring(slash + 1))
                .replace("*", "\\E[^/]*\\Q")
                .replace("?", "\\E[^/]\\Q"));
    for (String name : image.names(directory)) {
      if (glob.matcher(name).matches()) {
        readConfiguration(directory + name);
      }
    }
  }
}
