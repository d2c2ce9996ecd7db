package io.thaw.cli.analyze.packages;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.thaw.cli.analyze.scan.Document;
import java.io.IOException;

/// Alpine's `installed` database: lines of a letter, a colon and a value; `F:` names a directory,
/// `R:` a file in it, an empty line ends a package.
final class ApkDatabase {
  private final Claims claims;
  private String name = "";
  private String version = "";
  private String directory = "";
  private int owner = PackageIndex.NONE;

  ApkDatabase(Claims claims) {
    this.claims = claims;
  }

  void read(Document document) throws IOException {
    Lines.forEach(document, this::line);
    reset();
  }

  private void line(byte[] bytes) {
    if (bytes.length < 2) {
      reset();
      return;
    }
    String value = new String(bytes, 2, bytes.length - 2, UTF_8);
    switch (bytes[0]) {
      case 'P' -> name = value;
      case 'V' -> version = value;
      case 'F' -> directory = value;
      case 'R' -> claims.claim(owner(), "/" + directory + "/" + value);
      default -> {}
    }
    if (bytes[0] == 'F') {
      owner();
    }
  }

  private int owner() {
    if (owner == PackageIndex.NONE && !name.isEmpty()) {
      owner = claims.add(PackageKind.APK, name, version);
    }
    return owner;
  }

  private void reset() {
    owner();
    name = "";
    version = "";
    directory = "";
    owner = PackageIndex.NONE;
  }
}
