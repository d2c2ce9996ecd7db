package io.thaw.cli.analyze.packages;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.thaw.cli.analyze.scan.Document;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Debian's package database: `status` and a list of files for each package; or, in images without
/// dpkg ("distroless"), a `status.d` with a paragraph and checksums for each package.
final class DpkgDatabase {
  private static final String INFO = "/var/lib/dpkg/info/";
  private static final String STATUS_D = "/var/lib/dpkg/status.d/";
  private static final String CHECKSUMS = ".md5sums";

  private final Claims claims;
  private final Map<String, Integer> numbers = new HashMap<>();

  DpkgDatabase(Claims claims) {
    this.claims = claims;
  }

  void read(List<DatabaseFile> files) throws IOException {
    for (DatabaseFile file : files) {
      if (file.text().equals("/var/lib/dpkg/status")
          || (file.text().startsWith(STATUS_D) && !file.name().endsWith(CHECKSUMS))) {
        readStatus(file.content());
      }
    }
    for (DatabaseFile file : files) {
      if (file.text().startsWith(INFO)) {
        readList(file, ".list", 0);
      } else if (file.text().startsWith(STATUS_D) && file.name().endsWith(CHECKSUMS)) {
        readList(file, CHECKSUMS, "d41d8cd98f00b204e9800998ecf8427e  ".length());
      }
    }
  }

  private void readStatus(Document document) throws IOException {
    Paragraph paragraph = new Paragraph();
    Lines.forEach(document, paragraph::line);
    paragraph.end();
  }

  /// A list has a path in each line, behind `skipped` characters.
  private void readList(DatabaseFile file, String suffix, int skipped) throws IOException {
    Integer owner = numbers.get(file.name().substring(0, file.name().length() - suffix.length()));
    if (owner == null) {
      return; // removed, its configuration files may be left
    }
    Lines.forEach(
        file.content(),
        line -> {
          if (line.length > skipped) {
            claims.claim(owner, Arrays.copyOfRange(line, skipped, line.length));
          }
        });
  }

  /// Collects the fields of a package; an empty line ends it.
  private final class Paragraph {
    private String name = "";
    private String version = "";
    private String architecture = "";
    private String status = "";

    void line(byte[] bytes) {
      if (bytes.length == 0) {
        end();
        return;
      }
      String line = new String(bytes, UTF_8);
      int colon = line.indexOf(": ");
      if (colon <= 0 || line.charAt(0) == ' ') {
        return;
      }
      String value = line.substring(colon + 2).strip();
      switch (line.substring(0, colon)) {
        case "Package" -> name = value;
        case "Version" -> version = value;
        case "Architecture" -> architecture = value;
        case "Status" -> status = value;
        default -> {}
      }
    }

    void end() {
      boolean present =
          status.isEmpty()
              || status.endsWith(" installed")
              || status.contains(" unpacked")
              || status.contains(" half-configured")
              || status.contains(" triggers-");
      if (!name.isEmpty() && present) {
        int number = claims.add(PackageKind.DPKG, name, version);
        numbers.put(name, number);
        numbers.put(name + ":" + architecture, number);
      }
      name = "";
      version = "";
      architecture = "";
      status = "";
    }
  }
}
