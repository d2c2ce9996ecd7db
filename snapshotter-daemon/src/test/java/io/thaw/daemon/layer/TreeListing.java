package io.thaw.daemon.layer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// A directory tree as a foreign program sees it: a line per name with everything that counts.
final class TreeListing {
  private static final String SCRIPT =
      """
      import os, sys, stat, hashlib
      root = os.fsencode(sys.argv[1])
      inodes = {}
      def show(path, name):
          s = os.lstat(path)
          kind = stat.S_IFMT(s.st_mode)
          extra = ''
          if stat.S_ISREG(s.st_mode):
              extra = hashlib.sha256(open(path, 'rb').read()).hexdigest()
          elif stat.S_ISLNK(s.st_mode):
              extra = os.readlink(path).hex()
          elif kind in (stat.S_IFCHR, stat.S_IFBLK):
              extra = '%d:%d' % (os.major(s.st_rdev), os.minor(s.st_rdev))
          first = inodes.setdefault(s.st_ino, name)
          links = 0 if stat.S_ISDIR(s.st_mode) else s.st_nlink
          xattrs = sorted((n, os.getxattr(path, n, follow_symlinks=False).hex())
                          for n in os.listxattr(path, follow_symlinks=False))
          print('%s\\tkind=%o size=%d links=%d first=%s data=%s\\tmode=%o owner=%d:%d mtime=%d xattrs=%s' % (
              name.hex(), kind, 0 if stat.S_ISDIR(s.st_mode) else s.st_size, links, first.hex(),
              extra, stat.S_IMODE(s.st_mode), s.st_uid, s.st_gid, s.st_mtime_ns, xattrs))
      def walk(path, name):
          show(path, name)
          if stat.S_ISDIR(os.lstat(path).st_mode):
              for child in sorted(os.listdir(path)):
                  walk(os.path.join(path, child), name + b'/' + child if name else child)
      walk(root, b'')
      """;

  /// What a name stands for.
  ///
  /// @param data kind, size, links and content
  /// @param attributes mode, owner, time and extended attributes
  record Entry(String data, String attributes) {
    boolean hardLinked() {
      return !Pattern.compile("links=[01] ").matcher(data).find();
    }
  }

  private TreeListing() {}

  static Map<String, Entry> of(Path root) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("python3", "-c", SCRIPT, root.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("listing " + root + " failed");
    }
    Map<String, Entry> entries = new TreeMap<>();
    for (String line : out.lines().toList()) {
      String[] fields = line.split("\t", -1);
      entries.put(text(fields[0]), new Entry(fields[1], fields[2]));
    }
    return entries;
  }

  private static String text(String hex) {
    return new String(java.util.HexFormat.of().parseHex(hex), StandardCharsets.UTF_8);
  }
}
