package io.thaw.it.image;

import io.thaw.it.node.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Packages of the host's own distribution, resolved and fetched by its apt as if nothing were
/// installed. The host itself is not changed.
final class PackageSource {
  private static final Pattern URI_LINE =
      Pattern.compile("^'[^']+' (\\S+\\.deb) (\\d+) .*$", Pattern.MULTILINE);

  private final Path archives;
  // What is downloaded already has no URI to print, so resolving looks at no archives.
  private final Path noArchives;
  private final Path emptyStatus;

  /// @param dir where the archives are kept between runs
  PackageSource(Path dir) throws IOException {
    this.archives = dir.resolve("archives");
    Files.createDirectories(archives.resolve("partial"));
    this.noArchives = dir.resolve("none");
    Files.createDirectories(noArchives.resolve("partial"));
    this.emptyStatus = dir.resolve("status");
    Files.write(emptyStatus, new byte[0]);
  }

  /// The file names of `packages` and of everything they depend on, in apt's order.
  Set<String> closure(List<String> packages) throws IOException {
    String output;
    try {
      output = aptGet("--print-uris", noArchives, packages);
    } catch (IOException e) {
      // A minimal system may come without package lists.
      Commands.run("apt-get", "update", "-qq");
      output = aptGet("--print-uris", noArchives, packages);
    }
    Set<String> files = new LinkedHashSet<>();
    Matcher lines = URI_LINE.matcher(output);
    while (lines.find()) {
      files.add(lines.group(1));
    }
    if (files.isEmpty()) {
      throw new IOException("apt-get knows nothing to install for " + packages + ":\n" + output);
    }
    return files;
  }

  /// The bytes of the archives of `packages` and of everything they depend on; empty if this
  /// distribution does not have them all.
  OptionalLong archiveBytes(List<String> packages) {
    try {
      return OptionalLong.of(
          URI_LINE
              .matcher(aptGet("--print-uris", noArchives, packages))
              .results()
              .mapToLong(line -> Long.parseLong(line.group(2)))
              .sum());
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  /// Fetches `packages` and their dependencies, unless they are here already.
  void download(List<String> packages) throws IOException {
    aptGet("--download-only", archives, packages);
  }

  /// The archive with this file name, once it is downloaded.
  Path archive(String fileName) throws IOException {
    Path file = archives.resolve(fileName);
    if (!Files.isRegularFile(file)) {
      throw new IOException("apt-get did not fetch " + fileName + " into " + archives);
    }
    return file;
  }

  private String aptGet(String mode, Path cache, List<String> packages) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "apt-get",
                "-qq",
                "-y",
                "-o",
                "Dir::State::status=" + emptyStatus,
                "-o",
                "Dir::Cache::archives=" + cache,
                "-o",
                "APT::Install-Recommends=false",
                "-o",
                "APT::Sandbox::User=root",
                "-o",
                "APT::Keep-Downloaded-Packages=true",
                "-o",
                "Debug::NoLocking=true",
                mode,
                "install"));
    command.addAll(packages);
    return Commands.run(command, Map.of("DEBIAN_FRONTEND", "noninteractive", "LC_ALL", "C"));
  }
}
