package io.thaw.bench.image;

import io.thaw.bench.Shell;
import io.thaw.it.node.Commands;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// The layer below all others: a minimal Debian with its Python, made by debootstrap.
final class DebianBase {
  private static final String SUITE = "bookworm";
  private static final String PYTHON = "python3.11";

  // What differs from one making to the next, or is of no use in an image.
  private static final String CLEAN =
      """
      cd "$1"
      rm -rf var/log/* var/cache/apt/* var/cache/ldconfig/* var/cache/debconf/*-old var/lib/apt/lists/* debootstrap tmp/*
      rm -f etc/machine-id etc/hostname etc/resolv.conf var/lib/dpkg/*-old etc/*-
      rm -rf dev && mkdir dev
      """;

  private DebianBase() {}

  /// Makes the tree in `root`, which must not exist.
  static void make(Path root) throws IOException {
    Files.createDirectories(root);
    Commands.run(
        List.of(
            "debootstrap",
            "--variant=minbase",
            "--include=" + PYTHON,
            SUITE,
            root.toString(),
            mirror()),
        Map.of("LC_ALL", "C"));
    Shell.run(CLEAN, root.toString());
  }

  // The mirror that this host's apt uses, if it is a Debian.
  private static String mirror() throws IOException {
    String sites = Shell.output("apt-get indextargets --format '$(SITE)' 2>/dev/null | sort -u");
    return sites
        .lines()
        .filter(site -> site.matches(".*/debian/?"))
        .findFirst()
        .orElseThrow(
            () ->
                new IOException("apt knows no mirror of Debian: the images are made on a Debian"));
  }

  /// Writes the tree as a tar: sorted, no time later than a fixed one.
  static void writeTar(Path root, OutputStream out) throws IOException {
    Process tar =
        new ProcessBuilder(
                "tar",
                "--create",
                "--file=-",
                "--sort=name",
                "--numeric-owner",
                "--format=pax",
                "--pax-option=delete=atime,delete=ctime",
                "--clamp-mtime",
                "--mtime=@" + WheelTar.MTIME_MILLIS / 1000,
                "--directory=" + root,
                ".")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    tar.getOutputStream().close();
    try (InputStream in = tar.getInputStream()) {
      in.transferTo(out);
    }
    int status = Shell.waitFor(tar);
    if (status != 0) {
      throw new IOException("tar of " + root + " ended with status " + status);
    }
  }
}
