package io.thaw.fuse;

import static io.thaw.fuse.sys.Linux.AT_FDCWD;

import io.thaw.fuse.sys.Errno;
import io.thaw.fuse.sys.Linux;
import io.thaw.fuse.sys.LinuxException;
import io.thaw.fuse.sys.Stat;
import io.thaw.ztoc.EntryType;
import io.thaw.ztoc.PaxRecord;
import io.thaw.ztoc.Toc;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// The oracle: unpacks a layer into a real directory, entry by entry with system calls, as
/// containerd's overlayfs unpack does. Strings are ISO 8859-1, one character a byte, so that any
/// name passes.
final class PlainUnpack {
  private final byte[] tar;
  private final Toc toc;
  private final String root;

  private PlainUnpack(byte[] tar, Toc toc, Path root) {
    this.tar = tar;
    this.toc = toc;
    this.root = root.toString();
  }

  static void unpack(TestLayer layer, Path root) throws IOException {
    unpack(layer.tar(), layer.toc(), root);
  }

  static void unpack(byte[] tar, Toc toc, Path root) throws IOException {
    PlainUnpack unpack = new PlainUnpack(tar, toc, root);
    for (int entry = 0; entry < unpack.toc.count(); entry++) {
      unpack.apply(entry);
    }
    for (int entry = 0; entry < toc.count(); entry++) {
      try {
        unpack.setDirectoryTime(entry);
      } catch (IOException e) {
        // A later entry put something else in the directory's way: nobody sees the directory now.
        if (!e.getMessage().startsWith("too many links") && !e.getMessage().endsWith("ENOTDIR")) {
          throw e;
        }
      }
    }
  }

  /// Unpacking into a directory changes its time, so directories get theirs at the end. One that
  /// became a link meanwhile is left alone; containerd would follow the link.
  private void setDirectoryTime(int entry) throws IOException {
    String name = clean(string(toc.name(entry)));
    if (toc.type(entry) == EntryType.DIR && !name.isEmpty()) {
      String parent = inRoot(name.substring(0, Math.max(0, name.lastIndexOf('/'))));
      String path = parent + "/" + name.substring(name.lastIndexOf('/') + 1);
      if (isDirectory(path)) {
        setTime(path, entry);
      }
    }
  }

  static byte[] bytes(String path) {
    return path.getBytes(StandardCharsets.ISO_8859_1);
  }

  static String string(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private void apply(int entry) throws IOException {
    String name = clean(string(toc.name(entry)));
    if (name.isEmpty()) {
      return; // containerd: "ignored: resolved to root"
    }
    String parent = inRoot(name.substring(0, Math.max(0, name.lastIndexOf('/'))));
    String base = name.substring(name.lastIndexOf('/') + 1);
    makeDirectories(parent);
    String path = parent + "/" + base;
    if (base.equals(".wh..wh..opq")) {
      Linux.lsetxattr(bytes(parent), bytes("trusted.overlay.opaque"), bytes("y"));
    } else if (base.startsWith(".wh.")) {
      String hidden = parent + "/" + base.substring(4);
      Linux.mknodat(AT_FDCWD, bytes(hidden), Linux.S_IFCHR, 0, 0);
      Linux.lchownat(AT_FDCWD, bytes(hidden), toc.uid(entry), toc.gid(entry));
    } else {
      place(path, entry);
    }
  }

  private void place(String path, int entry) throws IOException {
    EntryType type = toc.type(entry);
    if (type == EntryType.HARDLINK && exists(path)) {
      String target = target(entry);
      if (exists(target) && inode(target) == inode(path) && !isDirectory(path)) {
        setAttributes(path, entry); // containerd fails here: it removes the target before it links
        return;
      }
    }
    if (exists(path) && !(type == EntryType.DIR && isDirectory(path))) {
      removeAll(path);
    }
    byte[] raw = bytes(path);
    int mode = (int) toc.mode(entry) & 07777;
    int major = (int) toc.deviceMajor(entry);
    int minor = (int) toc.deviceMinor(entry);
    switch (type) {
      case DIR -> {
        if (!exists(path)) {
          Linux.mkdirat(AT_FDCWD, raw, mode);
        }
      }
      case REG -> writeFile(raw, entry);
      case SYMLINK -> Linux.symlinkat(toc.linkName(entry), AT_FDCWD, raw);
      case HARDLINK -> Linux.linkat(AT_FDCWD, bytes(target(entry)), AT_FDCWD, raw);
      case CHAR -> Linux.mknodat(AT_FDCWD, raw, Linux.S_IFCHR | mode, major, minor);
      case BLOCK -> Linux.mknodat(AT_FDCWD, raw, Linux.S_IFBLK | mode, major, minor);
      case FIFO -> Linux.mknodat(AT_FDCWD, raw, Linux.S_IFIFO | mode, 0, 0);
    }
    setAttributes(path, entry);
  }

  private String target(int entry) throws IOException {
    String target = clean(string(toc.linkName(entry)));
    String parent = inRoot(target.substring(0, Math.max(0, target.lastIndexOf('/'))));
    return parent + "/" + target.substring(target.lastIndexOf('/') + 1);
  }

  private static long inode(String path) throws IOException {
    return Linux.stat(AT_FDCWD, bytes(path)).inode();
  }

  private void writeFile(byte[] path, int entry) throws IOException {
    int fd = Linux.openat(AT_FDCWD, path, Linux.O_WRONLY | Linux.O_CREAT | Linux.O_TRUNC, 0600);
    try {
      int size = Math.toIntExact(toc.sizeBytes(entry));
      ByteBuffer data =
          ByteBuffer.allocateDirect(size).put(tar, Math.toIntExact(toc.dataOffset(entry)), size);
      Linux.pwrite(fd, data.flip(), 0);
    } finally {
      Linux.close(fd);
    }
  }

  private void setAttributes(String path, int entry) throws IOException {
    byte[] raw = bytes(path);
    Linux.lchownat(AT_FDCWD, raw, toc.uid(entry), toc.gid(entry));
    for (PaxRecord record : toc.paxRecords(entry)) {
      if (record.key().startsWith("SCHILY.xattr.")
          && !record.key().startsWith("SCHILY.xattr.trusted.")) {
        setXattr(raw, bytes(record.key().substring(13)), record.value());
      }
    }
    if (Linux.stat(AT_FDCWD, raw).mode() >>> 12 != 012) {
      Linux.chmodat(AT_FDCWD, raw, (int) toc.mode(entry) & 07777);
    }
    setTime(path, entry);
  }

  /// The golden layers hold file capabilities that are not of the kernel's format, to test that
  /// they are carried; the kernel stores valid ones only.
  private static void setXattr(byte[] path, byte[] name, byte[] value) throws IOException {
    try {
      Linux.lsetxattr(path, name, value);
    } catch (LinuxException e) {
      if (e.errno() != Errno.EINVAL || !string(name).equals("security.capability")) {
        throw e;
      }
    }
  }

  private void setTime(String path, int entry) throws IOException {
    boolean fits = toc.mtimeSeconds(entry) >= 0;
    Linux.utimensat(
        AT_FDCWD,
        bytes(path),
        fits ? toc.mtimeSeconds(entry) : 0,
        fits ? toc.mtimeNanos(entry) : 0);
  }

  /// Where a path leads when symbolic links in it are followed inside the root.
  private String inRoot(String path) throws IOException {
    Deque<String> todo = new ArrayDeque<>(List.of(clean(path).split("/", -1)));
    String at = "";
    for (int links = 0; !todo.isEmpty(); ) {
      String part = todo.pop();
      if (part.isEmpty()) {
        continue;
      }
      String next = at + "/" + part;
      if (exists(root + next) && Linux.stat(AT_FDCWD, bytes(root + next)).mode() >>> 12 == 012) {
        if (++links > 255) {
          throw new IOException("too many links at " + next);
        }
        String target = string(Linux.readlinkat(AT_FDCWD, bytes(root + next)));
        String whole = clean(target.startsWith("/") ? target : at + "/" + target);
        List<String> parts = new ArrayList<>(List.of(whole.split("/", -1)));
        parts.addAll(todo);
        todo = new ArrayDeque<>(parts);
        at = "";
      } else {
        at = next;
      }
    }
    return root + at;
  }

  private void makeDirectories(String path) throws IOException {
    if (path.equals(root)) {
      return;
    }
    if (!exists(path)) {
      makeDirectories(path.substring(0, path.lastIndexOf('/')));
      Linux.mkdirat(AT_FDCWD, bytes(path), 0755);
      Linux.chmodat(AT_FDCWD, bytes(path), 0755);
    } else if (!isDirectory(path)) {
      throw new IOException(path + " is not a directory");
    }
  }

  private boolean isDirectory(String path) throws IOException {
    return exists(path) && Linux.stat(AT_FDCWD, bytes(path)).mode() >>> 12 == 4;
  }

  private static boolean exists(String path) throws IOException {
    try {
      Stat stat = Linux.stat(AT_FDCWD, bytes(path));
      return stat.mode() != 0;
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENOENT) {
        return false;
      }
      throw e;
    }
  }

  private static void removeAll(String path) throws IOException {
    Shell.run("rm", "-rf", "--", path);
  }

  private static String clean(String name) {
    Deque<String> parts = new ArrayDeque<>();
    for (String part : name.split("/", -1)) {
      if (part.equals("..")) {
        parts.pollLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.addLast(part);
      }
    }
    return String.join("/", parts);
  }
}
