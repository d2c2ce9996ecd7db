package io.thaw.cli.doctor;

import io.thaw.fuse.sys.FilesystemSpace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A node that is well, until a test changes something about it.
final class FakeHost implements Host {
  static final Path SOCKET = Path.of("/run/thaw/thaw.sock");
  static final Path CONTAINERD_CONFIG = Path.of("/etc/containerd/config.toml");
  static final String FILESYSTEMS = "nodev\tsysfs\n\text4\nnodev\tfuse\nnodev\toverlay\n";
  private static final long GIB = 1L << 30;

  final Map<Path, String> texts = new HashMap<>();
  final Map<Path, FileFacts> files = new HashMap<>();
  final Map<Path, String> links = new HashMap<>();
  final List<List<String>> commands = new ArrayList<>();
  FilesystemSpace space = new FilesystemSpace(100 * GIB, 60 * GIB, 6_000_000, 5_000_000);
  Ran dump;
  IOException noProgram;

  FakeHost(String containerd) {
    texts.put(Path.of("/proc/sys/kernel/osrelease"), "6.12.9-amd64\n");
    texts.put(Path.of("/proc/filesystems"), FILESYSTEMS);
    mountinfo("/proc/self/mountinfo", "21 1 254:0 / / rw,relatime - ext4 /dev/vda rw");
    device("/dev/fuse");
    files.put(SOCKET, new FileFacts(FileFacts.Kind.SOCKET, 0, 0, 0600));
    files.put(Path.of("/"), new FileFacts(FileFacts.Kind.DIRECTORY, 0, 0, 0755));
    files.put(CONTAINERD_CONFIG, new FileFacts(FileFacts.Kind.REGULAR, 0, 0, 0644));
    links.put(Path.of("/proc/self/ns/mnt"), "mnt:[1]");
    links.put(Path.of("/proc/42/ns/mnt"), "mnt:[1]");
    dump = new Ran(0, golden("containerd-" + containerd + ".toml"), "");
  }

  static String golden(String name) {
    try (var in = FakeHost.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  void mountinfo(String file, String... lines) {
    texts.put(Path.of(file), String.join("\n", lines) + "\n");
  }

  void device(String path) {
    files.put(Path.of(path), new FileFacts(FileFacts.Kind.CHARACTER_DEVICE, 0, 0, 0666));
  }

  /// Changes what containerd's configuration says; the text must be there.
  void changeDump(String from, String to) {
    if (!dump.out().contains(from)) {
      throw new IllegalArgumentException("no " + from + " in the configuration");
    }
    dump = new Ran(0, dump.out().replace(from, to), "");
  }

  @Override
  public Optional<String> text(Path file) {
    return Optional.ofNullable(texts.get(file));
  }

  @Override
  public Optional<FileFacts> file(Path path) {
    return Optional.ofNullable(files.get(path));
  }

  @Override
  public String link(Path link) throws IOException {
    String target = links.get(link);
    if (target == null) {
      throw new NoSuchFileException(link.toString());
    }
    return target;
  }

  @Override
  public FilesystemSpace space(Path path) {
    return space;
  }

  @Override
  public Ran run(List<String> command) throws IOException {
    commands.add(command);
    if (noProgram != null) {
      throw noProgram;
    }
    return dump;
  }
}
