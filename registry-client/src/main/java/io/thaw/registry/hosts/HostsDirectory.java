package io.thaw.registry.hosts;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// containerd's directory of hosts, usually `/etc/containerd/certs.d`.
///
/// A registry's own directory is `HOST_PORT_`, else `HOST:PORT`, else `_default`; the first that is
/// there decides. In it, `hosts.toml` counts; without one, docker's older layout does: `*.crt` are
/// authorities, `*.cert` with the `*.key` of the same name are client certificates.
///
/// Files are read again when they change. A file that cannot be used is logged with its line, and
/// what was read of it before goes on to apply; without that, the certificates beside it do.
public final class HostsDirectory implements HostSource {

  private static final Logger log = LoggerFactory.getLogger(HostsDirectory.class);
  private static final String FILE = "hosts.toml";
  private static final long MAX_BYTES = 1 << 20;
  private static final int MAX_KEPT = 1000;
  private static final int MAX_CERTIFICATES = 100;

  private final List<Path> roots;
  private final Map<Path, Loaded> loaded = new ConcurrentHashMap<>();

  /// A directory as it was at one moment.
  ///
  /// @param file stamp of `hosts.toml`; null if there was none
  /// @param directory stamp of the directory itself, which changes with the files in it
  private record Loaded(
      @Nullable FileStamp file, @Nullable FileStamp directory, HostRules rules, boolean ofFile) {}

  /// @param roots directories of hosts; a registry's directory is looked for in all, in this order
  public HostsDirectory(List<Path> roots) {
    this.roots = List.copyOf(roots);
  }

  /// The directories of a path as containerd's `config_path` writes it: several are separated by
  /// colons; an empty one has none.
  public static HostsDirectory ofPath(String path) {
    return new HostsDirectory(
        Stream.of(path.split(":", -1)).filter(p -> !p.isEmpty()).map(Path::of).toList());
  }

  @Override
  public Optional<HostRules> rulesFor(String registryHost) {
    for (Path root : roots) {
      for (String name : names(registryHost)) {
        Path directory = root.resolve(name);
        if (Files.isDirectory(directory)) {
          return Optional.of(current(directory));
        }
      }
    }
    return Optional.empty();
  }

  private static List<String> names(String host) {
    List<String> names = new ArrayList<>(3);
    int colon = host.lastIndexOf(':');
    if (colon > 0 && host.indexOf(']', colon) < 0) {
      names.add(host.substring(0, colon) + "_" + host.substring(colon + 1) + "_");
    }
    names.add(host);
    names.add("_default");
    return names;
  }

  private HostRules current(Path directory) {
    Path file = directory.resolve(FILE);
    FileStamp fileStamp = FileStamp.ofNullable(file);
    FileStamp directoryStamp = FileStamp.ofNullable(directory);
    Loaded last = loaded.get(directory);
    if (last != null
        && java.util.Objects.equals(last.file(), fileStamp)
        && java.util.Objects.equals(last.directory(), directoryStamp)) {
      return last.rules();
    }
    Loaded now = load(directory, file, fileStamp, directoryStamp, last);
    if (loaded.size() >= MAX_KEPT) {
      loaded.clear();
    }
    loaded.put(directory, now);
    return now.rules();
  }

  private static Loaded load(
      Path directory,
      Path file,
      @Nullable FileStamp fileStamp,
      @Nullable FileStamp directoryStamp,
      @Nullable Loaded last) {
    try {
      if (fileStamp != null && fileStamp.sizeBytes() > 0) {
        HostsFileParser.Parsed parsed =
            HostsFileParser.parse(file.toString(), directory, read(file, fileStamp));
        parsed.warnings().forEach(log::warn);
        log.debug("{}: {} mirrors", file, parsed.rules().mirrors().size());
        return new Loaded(fileStamp, directoryStamp, parsed.rules(), true);
      }
    } catch (NoSuchFileException e) {
      log.debug("{} went away", file);
    } catch (IOException e) {
      boolean keep = last != null && last.ofFile();
      log.error(
          "cannot use {}; {}, and it is read again when it changes",
          e.getMessage(),
          keep ? "what it said before goes on to apply" : "the registry is asked without it");
      if (last != null && keep) {
        return new Loaded(fileStamp, directoryStamp, last.rules(), true);
      }
    }
    HostEntry upstream = HostEntry.registry(certificates(directory));
    return new Loaded(fileStamp, directoryStamp, new HostRules(List.of(), upstream), false);
  }

  private static String read(Path file, FileStamp stamp) throws IOException {
    if (stamp.sizeBytes() > MAX_BYTES) {
      throw new IOException(file + " is larger than " + MAX_BYTES + " bytes");
    }
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw e;
    } catch (IOException e) {
      throw new IOException(file + " (" + e.getMessage() + ")", e);
    }
  }

  private static TlsFiles certificates(Path directory) {
    List<Path> authorities = new ArrayList<>();
    List<TlsFiles.ClientPair> clients = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.sorted().limit(MAX_CERTIFICATES).toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".crt")) {
          authorities.add(file);
        } else if (name.endsWith(".cert")) {
          String key = name.substring(0, name.length() - ".cert".length()) + ".key";
          clients.add(new TlsFiles.ClientPair(file, directory.resolve(key)));
        }
      }
    } catch (IOException | UncheckedIOException e) {
      log.error("cannot list {}: {}", directory, e.getMessage());
    }
    return new TlsFiles(authorities, clients, false);
  }

  @Override
  public String toString() {
    return "HostsDirectory" + roots;
  }
}
