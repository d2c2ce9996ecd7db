package io.thaw.daemon.main;

import io.thaw.fuse.sys.InheritedDescriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A listening socket that systemd holds and has passed to this process (`sd_listen_fds(3)`).
///
/// @param fd its descriptor
/// @param path where clients connect
record ActivatedSocket(int fd, Path path) {
  private static final int FIRST_FD = 3;
  private static final Path UNIX_SOCKETS = Path.of("/proc/net/unix");
  private static final long ACCEPTS = 0x10000;

  /// The socket that was passed; empty if none was. Descriptors that the unit's store keeps come
  /// the same way and are not meant.
  ///
  /// @throws IOException if more sockets were passed than one, or what was passed is no listening
  ///     unix socket
  static Optional<ActivatedSocket> of(Map<String, String> environment) throws IOException {
    String pid = environment.getOrDefault("LISTEN_PID", "");
    if (!pid.equals(Long.toString(ProcessHandle.current().pid()))) {
      return Optional.empty();
    }
    List<Integer> sockets = sockets(environment);
    if (sockets.isEmpty()) {
      return Optional.empty();
    }
    if (sockets.size() > 1) {
      throw new IOException(
          "systemd passed %d sockets; thawd.socket has one ListenStream= line"
              .formatted(sockets.size()));
    }
    int fd = sockets.getFirst();
    ActivatedSocket passed = new ActivatedSocket(fd, pathOf(fd));
    InheritedDescriptor.adopt(fd);
    return Optional.of(passed);
  }

  /// The descriptors that are not from the unit's store, by their names.
  static List<Integer> sockets(Map<String, String> environment) throws IOException {
    int count;
    try {
      count = Integer.parseInt(environment.getOrDefault("LISTEN_FDS", "0"));
    } catch (NumberFormatException e) {
      throw new IOException("LISTEN_FDS=" + environment.get("LISTEN_FDS") + " is no number", e);
    }
    String[] names = environment.getOrDefault("LISTEN_FDNAMES", "").split(":", -1);
    List<Integer> sockets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if (i >= names.length || !names[i].startsWith(MountLife.NAME_PREFIX)) {
        sockets.add(FIRST_FD + i);
      }
    }
    return sockets;
  }

  private static Path pathOf(int fd) throws IOException {
    String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
    if (!target.startsWith("socket:[") || !target.endsWith("]")) {
      throw new IOException("what systemd passed is no socket but " + target);
    }
    String inode = target.substring("socket:[".length(), target.length() - 1);
    return path(Files.readAllLines(UNIX_SOCKETS), inode)
        .orElseThrow(
            () ->
                new IOException(
                    "the socket systemd passed is no listening unix socket; thawd.socket needs"
                        + " ListenStream= with a path"));
  }

  /// Finds a listening socket's path in the lines of `/proc/net/unix`: Num RefCount Protocol Flags
  /// Type St Inode Path.
  static Optional<Path> path(List<String> lines, String inode) {
    for (String line : lines) {
      String[] fields = line.strip().split("\\s+", 8);
      if (fields.length == 8
          && fields[6].equals(inode)
          && fields[7].startsWith("/")
          && (Long.parseLong(fields[3], 16) & ACCEPTS) != 0) {
        return Optional.of(Path.of(fields[7]));
      }
    }
    return Optional.empty();
  }
}
