package io.thaw.it.image;

import java.io.IOException;
import java.nio.file.Path;

/// A layer of what images rarely contain and a filesystem must get right all the same.
final class Oddities {
  // A deletion, an opaque directory, devices, a fifo, hard links, setuid, capabilities, xattrs,
  // times before 1970 and below a second, names that are not UTF-8, a sparse file, 12 MB of noise.
  private static final String SCRIPT =
      """
      set -eu
      mkdir -p odd/dir odd/deep/er/est usr/share/perl5 etc
      touch etc/.wh.debian_version
      touch usr/share/perl5/.wh..wh..opq
      echo replaced > usr/share/perl5/only
      mknod odd/null c 1 3
      mknod odd/block b 7 200
      mkfifo -m 640 odd/fifo
      echo linked > odd/link1
      ln odd/link1 odd/link2
      ln odd/link1 odd/dir/link3
      ln -s ../usr/bin/python3 odd/relative
      ln -s /nowhere/at/all odd/dangling
      cp /bin/true odd/capable
      setcap cap_net_raw,cap_net_bind_service+ep odd/capable
      cp /bin/true odd/setuid
      chown 1234:5678 odd/setuid
      chmod 6755 odd/setuid
      echo x > odd/attrs
      setfattr -n user.colour -v blue odd/attrs
      setfattr -n user.empty odd/attrs
      setfattr -n user.bytes -v 0x00ff10 odd/dir
      mkdir -m 1777 odd/sticky
      mkdir -m 700 odd/private
      chown 65534:65534 odd/private
      touch -d '1969-07-20 20:17:40 UTC' odd/old
      touch -d '2021-02-03 04:05:06.123456789 UTC' odd/nanos
      : > "$(printf 'odd/latin-\\351-\\377')"
      : > "$(printf 'odd/new\\nline')"
      : > 'odd/blank and "quote"'
      : > odd/empty
      truncate -s 3000001 odd/zeros
      long=$(printf '%0200d' 7)
      mkdir -p "odd/$long"
      echo long > "odd/$long/$long"
      openssl enc -aes-128-ctr -nosalt -pass pass:thaw -in /dev/zero 2>/dev/null | head -c 12000000 > odd/random || true
      test "$(stat -c %s odd/random)" = 12000000
      head -c 1000000 odd/random > odd/deep/er/est/part
      """;

  private Oddities() {}

  /// What the layer is made of, for naming images that have it.
  static String recipe() {
    return SCRIPT;
  }

  /// Adds the layer to `layout`, made in a directory below `work`.
  static Layer addLayer(LayoutWriter layout, Path work) throws IOException {
    Path root = work.resolve("odd-root");
    DirectoryLayer.run(root, SCRIPT);
    return DirectoryLayer.add(layout, root, "etc", "odd", "usr");
  }
}
