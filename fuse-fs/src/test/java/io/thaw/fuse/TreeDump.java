package io.thaw.fuse;

import static io.thaw.fuse.PlainUnpack.bytes;
import static io.thaw.fuse.PlainUnpack.string;
import static io.thaw.fuse.sys.Linux.AT_FDCWD;

import io.thaw.fuse.sys.Errno;
import io.thaw.fuse.sys.Linux;
import io.thaw.fuse.sys.LinuxException;
import io.thaw.fuse.sys.Stat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;

/// Everything a program can see of a directory tree, a line per path, to compare two trees.
final class TreeDump {
  private static final String MALFORMED = "malformed";

  private TreeDump() {}

  /// @param times whether modification times count; directories that no entry names have those
  ///     of the unpack
  static Map<String, String> of(Path root, boolean times) throws IOException {
    Map<String, String> lines = new TreeMap<>();
    Map<Long, String> inodes = new HashMap<>();
    String found = string(Shell.run("find", root.toString(), "-mindepth", "1", "-print0"));
    String[] paths = found.split("\0", -1);
    Arrays.sort(paths);
    for (String path : paths) {
      if (!path.isEmpty()) {
        String relative = path.substring(root.toString().length());
        lines.put(relative, line(path, relative, inodes, times));
      }
    }
    return lines;
  }

  private static String line(String path, String relative, Map<Long, String> inodes, boolean times)
      throws IOException {
    Stat stat = Linux.stat(AT_FDCWD, bytes(path));
    int type = stat.mode() >>> 12;
    StringBuilder line = new StringBuilder();
    line.append(Integer.toOctalString(stat.mode()))
        .append(' ')
        .append(stat.uid())
        .append(':')
        .append(stat.gid());
    line.append(" rdev ").append(stat.deviceMajor()).append(',').append(stat.deviceMinor());
    if (type != 4) {
      line.append(" links ")
          .append(stat.linkCount())
          .append(" first ")
          .append(inodes.computeIfAbsent(stat.inode(), _ -> relative));
      line.append(" size ").append(stat.sizeBytes());
    }
    boolean whiteout = type == 2 && stat.deviceMajor() == 0 && stat.deviceMinor() == 0;
    if (times && !whiteout) {
      line.append(" mtime ").append(stat.mtimeSeconds()).append('.').append(stat.mtimeNanos());
    }
    if (type == 012) {
      line.append(" -> ").append(string(Linux.readlinkat(AT_FDCWD, bytes(path))));
    }
    if (type == 010) {
      line.append(" crc ").append(crc(path, stat.sizeBytes()));
    }
    return line.append(xattrs(path)).toString();
  }

  private static long crc(String path, long size) throws IOException {
    int fd = Linux.openat(AT_FDCWD, bytes(path), Linux.O_RDONLY | Linux.O_NOFOLLOW, 0);
    try {
      ByteBuffer data = ByteBuffer.allocateDirect(Math.toIntExact(size) + 1);
      Linux.pread(fd, data, 0);
      CRC32 crc = new CRC32();
      crc.update(data.flip());
      return crc.getValue();
    } finally {
      Linux.close(fd);
    }
  }

  private static String xattrs(String path) throws IOException {
    StringBuilder all = new StringBuilder();
    String[] names = xattrNames(path).split("\0", -1);
    Arrays.sort(names);
    for (String name : names) {
      String value = name.isEmpty() ? MALFORMED : xattr(path, name);
      if (!value.equals(MALFORMED)) {
        all.append(' ').append(name).append('=').append(value);
      }
    }
    return all.toString();
  }

  private static String xattr(String path, String name) throws IOException {
    try {
      return Arrays.toString(Linux.lgetxattr(bytes(path), bytes(name)));
    } catch (LinuxException e) {
      // The kernel hands out file capabilities of its own format only; the golden layers have
      // others.
      if (e.errno() == Errno.EINVAL && name.equals("security.capability")) {
        return MALFORMED;
      }
      throw e;
    }
  }

  private static String xattrNames(String path) throws IOException {
    try {
      return string(Linux.llistxattr(bytes(path)));
    } catch (LinuxException e) {
      if (e.errno() == Errno.EOPNOTSUPP) {
        return "";
      }
      throw e;
    }
  }
}
