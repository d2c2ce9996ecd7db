package io.thaw.daemon.snapshot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;

/// Owner of a file, as numbers of the host. The kernel's ids are unsigned 32 bits.
record Owner(long uid, long gid) {
  private static final long UNSIGNED = 0xffff_ffffL;

  static Owner of(Path file) throws IOException {
    Map<String, Object> attributes =
        Files.readAttributes(file, "unix:uid,gid", LinkOption.NOFOLLOW_LINKS);
    return new Owner(number(attributes, "uid"), number(attributes, "gid"));
  }

  /// Makes `file` belong to this owner; a symbolic link is not followed.
  void applyTo(Path file) throws IOException {
    Files.setAttribute(file, "unix:uid", (int) uid, LinkOption.NOFOLLOW_LINKS);
    Files.setAttribute(file, "unix:gid", (int) gid, LinkOption.NOFOLLOW_LINKS);
  }

  private static long number(Map<String, Object> attributes, String name) {
    return attributes.get(name) instanceof Integer n ? n & UNSIGNED : 0;
  }
}
