package io.thaw.cli.analyze.scan;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/// Which files of a layer are kept, by path, and how large they may be. They are package databases
/// and the dynamic loader's configuration.
final class DocumentRules {
  private static final int KIB = 1 << 10;
  private static final int MIB = 1 << 20;
  private static final int LONGEST_NAME = 64;

  private static final Pattern LOADER =
      Pattern.compile("etc/(ld\\.so\\.(conf|preload|conf\\.d/[^/]+)|ld-musl-[^/]+\\.path)");
  private static final Pattern DPKG =
      Pattern.compile("var/lib/dpkg/(status|status\\.d/[^/]+|info/[^/]+\\.list)");
  private static final Pattern APK = Pattern.compile("(usr/)?lib/apk/db/installed");
  private static final Pattern RPM =
      Pattern.compile("(var/lib|usr/lib/sysimage)/rpm/rpmdb\\.sqlite");
  private static final Pattern PYTHON = Pattern.compile("(.*/)?[^/]+\\.dist-info/RECORD");
  private static final Pattern NPM =
      Pattern.compile("(.*/)?node_modules/(@[^/]+/)?[^/]+/package\\.json");
  private static final Pattern CONDA = Pattern.compile("(.*/)?conda-meta/[^/]+\\.json");

  private DocumentRules() {}

  /// How many bytes of a file to keep at most; 0 if it is of no interest.
  static int limit(byte[] name) {
    int end = Math.min(name.length, 4096);
    if (end < name.length || !couldMatch(name)) {
      return 0;
    }
    String path = clean(new String(name, StandardCharsets.ISO_8859_1));
    if (LOADER.matcher(path).matches()) {
      return 64 * KIB;
    }
    if (DPKG.matcher(path).matches() || PYTHON.matcher(path).matches()) {
      return 64 * MIB;
    }
    if (CONDA.matcher(path).matches()) {
      return 32 * MIB;
    }
    if (NPM.matcher(path).matches()) {
      return MIB;
    }
    if (APK.matcher(path).matches()) {
      return 64 * MIB;
    }
    return RPM.matcher(path).matches() ? Document.MAX_BYTES : 0;
  }

  /// A cheap look at the end of the name, because almost no file matches.
  private static boolean couldMatch(byte[] name) {
    String tail =
        new String(
            name,
            Math.max(0, name.length - LONGEST_NAME),
            Math.min(LONGEST_NAME, name.length),
            StandardCharsets.ISO_8859_1);
    return tail.endsWith("/RECORD")
        || tail.endsWith(".json")
        || tail.endsWith(".list")
        || tail.endsWith("/status")
        || tail.endsWith("/installed")
        || tail.endsWith(".sqlite")
        || tail.endsWith(".path")
        || tail.contains("etc/ld.so.")
        || tail.contains("/status.d/")
        || tail.contains("ld.so.conf.d/");
  }

  private static String clean(String name) {
    String path = name;
    while (path.startsWith("./") || path.startsWith("/")) {
      path = path.substring(path.startsWith("./") ? 2 : 1);
    }
    return path;
  }
}
