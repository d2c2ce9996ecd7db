package io.thaw.daemon.cover;

import io.thaw.fuse.sys.Errno;
import io.thaw.fuse.sys.Linux;
import io.thaw.fuse.sys.LinuxException;
import io.thaw.fuse.sys.Stat;
import io.thaw.ztoc.tree.LayerTree;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What a directory is besides its files. Bytes of names and values are characters of Latin-1.
///
/// @param mode permission bits
/// @param xattrs extended attributes; those in `trusted.` are overlayfs' and left out
record Attributes(
    int mode, int uid, int gid, long mtimeSeconds, int mtimeNanos, Map<String, String> xattrs) {
  private static final int PERMISSIONS = 07777;
  private static final String TRUSTED = "trusted.";

  Attributes {
    xattrs = Map.copyOf(xattrs);
  }

  /// Those of a directory in a layer's tree.
  static Attributes of(LayerTree tree, int node) {
    Map<String, String> xattrs = new TreeMap<>();
    for (byte[] name : tree.xattrNames(node)) {
      byte[] value = tree.xattr(node, name);
      if (value != null) {
        put(xattrs, name, value);
      }
    }
    return new Attributes(
        tree.mode(node) & PERMISSIONS,
        tree.uid(node),
        tree.gid(node),
        tree.mtimeSeconds(node),
        tree.mtimeNanos(node),
        xattrs);
  }

  /// Those of a directory on disk.
  static Attributes of(byte[] path, Stat stat) throws IOException {
    Map<String, String> xattrs = new TreeMap<>();
    for (byte[] name : xattrNames(path)) {
      Optional<byte[]> value = xattr(path, name);
      if (value.isPresent()) {
        put(xattrs, name, value.get());
      }
    }
    return new Attributes(
        stat.mode() & PERMISSIONS,
        stat.uid(),
        stat.gid(),
        stat.mtimeSeconds(),
        stat.mtimeNanos(),
        xattrs);
  }

  private static byte[][] xattrNames(byte[] path) throws LinuxException {
    String names;
    try {
      names = Latin1.text(Linux.llistxattr(path));
    } catch (LinuxException e) {
      if (e.errno() != Errno.EOPNOTSUPP) {
        throw e;
      }
      names = "";
    }
    return Arrays.stream(names.split("\0", -1))
        .filter(name -> !name.isEmpty())
        .map(Latin1::bytes)
        .toArray(byte[][]::new);
  }

  /// Empty if the kernel lists the attribute and does not give its value.
  private static Optional<byte[]> xattr(byte[] path, byte[] name) throws LinuxException {
    try {
      return Optional.of(Linux.lgetxattr(path, name));
    } catch (LinuxException e) {
      if (e.errno() != Errno.EOPNOTSUPP && e.errno() != Errno.ENODATA) {
        throw e;
      }
      return Optional.empty();
    }
  }

  private static void put(Map<String, String> xattrs, byte[] name, byte[] value) {
    String text = Latin1.text(name);
    if (!text.startsWith(TRUSTED)) {
      xattrs.put(text, Latin1.text(value));
    }
  }

  /// Whether all but the time is the same; who makes a file in a directory changes its time.
  boolean showsAs(Attributes other) {
    return mode == other.mode
        && uid == other.uid
        && gid == other.gid
        && xattrs.equals(other.xattrs);
  }

  /// Gives them to a directory. An extended attribute that the host does not take is left out, as
  /// in a layer's own tree.
  void applyTo(byte[] path) throws IOException {
    Linux.lchownat(Linux.AT_FDCWD, path, uid, gid);
    Linux.chmodat(Linux.AT_FDCWD, path, mode);
    for (Map.Entry<String, String> xattr : xattrs.entrySet()) {
      try {
        Linux.lsetxattr(path, Latin1.bytes(xattr.getKey()), Latin1.bytes(xattr.getValue()));
      } catch (LinuxException e) {
        if (e.errno() != Errno.EOPNOTSUPP && e.errno() != Errno.EINVAL) {
          throw e;
        }
      }
    }
    Linux.utimensat(Linux.AT_FDCWD, path, mtimeSeconds, mtimeNanos);
  }
}
