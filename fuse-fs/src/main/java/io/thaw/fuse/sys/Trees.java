package io.thaw.fuse.sys;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;

/// Removes directory trees.
public final class Trees {
  /// A directory whose names change places while they are removed may have to be read again.
  private static final int ATTEMPTS = 5;

  private Trees() {}

  /// Deletes the directory, or file, and all in it, however deep it is. Symbolic links are not
  /// followed, and what is mounted somewhere below is not touched. What is gone already is fine.
  ///
  /// @throws IOException at the first entry that cannot be deleted; what came before it is gone
  public static void delete(Path directory) throws IOException {
    byte[] path = rawBytes(directory);
    for (int attempt = 1; ; attempt++) {
      try {
        deleteOnce(path);
        return;
      } catch (LinuxException e) {
        if (e.errno() == Errno.ENOENT) {
          return;
        }
        if (e.errno() != Errno.ENOTEMPTY || attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private static void deleteOnce(byte[] path) throws IOException {
    try {
      TreeWalk.walk(path, new Deletion());
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENOTDIR && e.errno() != Errno.ELOOP) {
        throw e;
      }
      Linux.unlinkat(Linux.AT_FDCWD, path, 0);
      return;
    }
    Linux.unlinkat(Linux.AT_FDCWD, path, Linux.AT_REMOVEDIR);
  }

  private static final class Deletion implements TreeWalk.Visitor {
    @Override
    public void entry(int parent, byte[] name, boolean directory) throws IOException {
      if (!directory) {
        unlink(parent, name, 0);
      }
    }

    @Override
    public void left(int parent, byte[] name) throws IOException {
      unlink(parent, name, Linux.AT_REMOVEDIR);
    }

    private static void unlink(int parent, byte[] name, int flags) throws LinuxException {
      try {
        Linux.unlinkat(parent, name, flags);
      } catch (LinuxException e) {
        if (e.errno() != Errno.ENOENT) {
          throw e;
        }
      }
    }
  }

  /// The path's bytes as the kernel has them: its text loses those that are no characters, its URI
  /// escapes them. Without a slash at its end, which would follow a symbolic link.
  public static byte[] rawBytes(Path file) {
    String escaped = withoutSlash(file.toUri().getRawPath());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(escaped.length());
    for (int i = 0; i < escaped.length(); i++) {
      char c = escaped.charAt(i);
      if (c == '%') {
        bytes.write(HexFormat.fromHexDigits(escaped, i + 1, i + 3));
        i += 2;
      } else {
        bytes.write(c);
      }
    }
    return bytes.toByteArray();
  }

  private static String withoutSlash(String path) {
    return path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }
}
