package io.thaw.cli.analyze.packages;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;

/// Python packages by their `NAME-VERSION.dist-info/RECORD` (PEP 376, PEP 627): a CSV file whose
/// first column is a path, relative to the directory that holds the `.dist-info`.
final class PythonPackages {
  private static final String SUFFIX = ".dist-info";

  private final Claims claims;

  PythonPackages(Claims claims) {
    this.claims = claims;
  }

  void read(DatabaseFile record) throws IOException {
    String info = record.directory(1);
    String base = record.directory(2);
    String name = info.substring(base.length(), info.length() - 1 - SUFFIX.length());
    int dash = name.lastIndexOf('-');
    int owner =
        claims.add(
            PackageKind.PYTHON,
            dash > 0 ? name.substring(0, dash) : name,
            dash > 0 ? name.substring(dash + 1) : "");
    Lines.forEach(
        record.content(),
        line -> {
          String path = firstColumn(new String(line, UTF_8));
          if (!path.isEmpty()) {
            claims.claim(owner, path.startsWith("/") ? path : base + path);
          }
        });
  }

  private static String firstColumn(String line) {
    if (!line.startsWith("\"")) {
      int comma = line.indexOf(',');
      return comma < 0 ? line : line.substring(0, comma);
    }
    StringBuilder value = new StringBuilder();
    for (int i = 1; i < line.length(); i++) {
      boolean quote = line.charAt(i) == '"';
      if (quote && (i + 1 == line.length() || line.charAt(i + 1) != '"')) {
        break;
      }
      i += quote ? 1 : 0;
      value.append(line.charAt(i));
    }
    return value.toString();
  }
}
