package io.thaw.cli.analyze.packages;

import io.thaw.cli.analyze.scan.Document;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/// rpm's database in SQLite, the form since rpm 4.16. The older forms (Berkeley DB, ndb) are not
/// read.
final class RpmDatabase {
  private static final int MAX_HEADER_BYTES = 64 << 20;

  private final Claims claims;
  private final Path scratch;

  /// @param scratch where the database lies while it is read
  RpmDatabase(Claims claims, Path scratch) {
    this.claims = claims;
    this.scratch = scratch;
  }

  void read(DatabaseFile file) throws IOException {
    Path copy = Files.createTempFile(scratch, "thaw-analyze-", ".sqlite");
    try {
      save(file.content(), copy);
      readTable(copy);
    } catch (SQLException e) {
      claims.note(file.text() + " cannot be read: " + e.getMessage());
    } finally {
      Files.delete(copy);
    }
  }

  private static void save(Document document, Path copy) throws IOException {
    try (InputStream in = document.open()) {
      Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private void readTable(Path copy) throws SQLException {
    String url = "jdbc:sqlite:file:" + copy.toAbsolutePath() + "?immutable=1&mode=ro";
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA trusted_schema = OFF");
      try (ResultSet tables =
          statement.executeQuery(
              "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'Packages'")) {
        if (!tables.next()) {
          throw new SQLException("it has no table Packages");
        }
      }
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT blob FROM Packages WHERE length(blob) <= " + MAX_HEADER_BYTES)) {
        while (rows.next()) {
          readPackage(rows.getBytes(1));
        }
      }
    }
  }

  private void readPackage(byte[] blob) {
    RpmHeader header;
    try {
      header = RpmHeader.of(blob);
    } catch (IllegalArgumentException e) {
      claims.note("an rpm package cannot be read: " + e.getMessage());
      return;
    }
    int owner = claims.add(PackageKind.RPM, header.name(), header.version());
    header.files().forEach(path -> claims.claim(owner, path));
  }
}
