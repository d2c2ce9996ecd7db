package io.thaw.it.node;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The releases of containerd that the tests run on. The host's own is installed; the others lie
/// unpacked in the cache, where `integration-tests/fetch-callers` puts them.
public enum ContainerdRelease {
  /// Whatever the host has on its `PATH`.
  HOST(""),
  V1_7("containerd-1.7"),
  V2("containerd-2");

  private static final Pattern VERSION =
      Pattern.compile("containerd \\S+ v?(\\d+)\\.(\\d+)[^\\s]*.*", Pattern.DOTALL);

  private final String folder;

  ContainerdRelease(String folder) {
    this.folder = folder;
  }

  /// Why tests cannot run on this release here; empty if they can.
  public Optional<String> unusable() {
    try {
      version();
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(
          (folder.isEmpty() ? "containerd" : folder)
              + " cannot be run here; ./dev setup fetches it where Debian's archive can be reached");
    }
  }

  /// A release's version.
  public record Version(int major, int minor) {}

  /// What the release says of itself.
  ///
  /// @throws IOException if it is not there or does not run on this host
  public Version version() throws IOException {
    return versionOf(program());
  }

  static Version versionOf(Path program) throws IOException {
    String said = Commands.run(program.toString(), "--version");
    Matcher matcher = VERSION.matcher(said);
    if (!matcher.matches()) {
      throw new IOException("Cannot read containerd's version: " + said.strip());
    }
    return new Version(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
  }

  /// The daemon's program, with the release's other programs beside it.
  public Path program() {
    return folder.isEmpty() ? Path.of("containerd") : binDir().resolve("containerd");
  }

  private Path binDir() {
    return callers().resolve(folder).resolve("usr/bin");
  }

  /// Where the programs lie that are fetched for the tests only.
  public static Path callers() {
    String cache = System.getenv("XDG_CACHE_HOME");
    Path base =
        cache == null || cache.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(cache);
    return base.resolve("thaw").resolve("callers").toAbsolutePath();
  }
}
