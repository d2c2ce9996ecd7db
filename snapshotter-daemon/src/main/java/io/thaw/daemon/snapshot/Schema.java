package io.thaw.daemon.snapshot;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/// The tables, and how an older file gets them. `user_version` of the file is the schema's version.
final class Schema {
  static final int VERSION = 2;

  private static final List<String> V1 =
      List.of(
          """
          CREATE TABLE snapshots (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3),
            parent INTEGER REFERENCES snapshots (id),
            layer INTEGER,
            size_bytes INTEGER NOT NULL DEFAULT 0,
            inodes INTEGER NOT NULL DEFAULT 0,
            created_nanos INTEGER NOT NULL,
            updated_nanos INTEGER NOT NULL
          )
          """,
          "CREATE INDEX snapshots_parent ON snapshots (parent)",
          "CREATE INDEX snapshots_layer ON snapshots (layer)",
          """
          CREATE TABLE labels (
            snapshot INTEGER NOT NULL REFERENCES snapshots (id) ON DELETE CASCADE,
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (snapshot, key)
          ) WITHOUT ROWID
          """,
          """
          CREATE TABLE why (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at_nanos INTEGER NOT NULL,
            image TEXT NOT NULL,
            layer_digest TEXT NOT NULL,
            snapshot TEXT NOT NULL,
            outcome TEXT NOT NULL,
            reason TEXT NOT NULL
          )
          """);

  /// Reasons belong to layers of images, and layers can be kept without a snapshot.
  private static final List<String> V2 =
      List.of(
          "ALTER TABLE why RENAME TO why_v1",
          """
          CREATE TABLE why (
            image TEXT NOT NULL,
            manifest TEXT NOT NULL,
            layer_digest TEXT NOT NULL,
            snapshot TEXT NOT NULL,
            mode TEXT NOT NULL CHECK (mode IN ('lazy', 'eager', 'deferred')),
            reason TEXT NOT NULL,
            index_source TEXT NOT NULL,
            index_digest TEXT NOT NULL,
            at_nanos INTEGER NOT NULL,
            PRIMARY KEY (image, manifest, layer_digest)
          ) WITHOUT ROWID
          """,
          "CREATE INDEX why_snapshot ON why (snapshot)",
          "CREATE INDEX why_at ON why (at_nanos)",
          """
          INSERT OR REPLACE INTO why
          SELECT image, '', layer_digest, snapshot,
            CASE outcome WHEN 'lazy' THEN 'lazy' WHEN 'unpacked' THEN 'eager' ELSE 'deferred' END,
            reason, '', '', at_nanos
          FROM why_v1 ORDER BY id
          """,
          "DROP TABLE why_v1",
          """
          CREATE TABLE pins (
            image TEXT NOT NULL,
            layer INTEGER NOT NULL,
            layer_digest TEXT NOT NULL,
            until TEXT NOT NULL,
            created_nanos INTEGER NOT NULL,
            expires_nanos INTEGER NOT NULL,
            PRIMARY KEY (image, layer)
          ) WITHOUT ROWID
          """,
          "CREATE INDEX pins_layer ON pins (layer)");

  /// What brings a file of version N to N + 1, at index N.
  private static final List<List<String>> STEPS = List.of(V1, V2);

  private Schema() {}

  static void upgrade(Path file, Connection connection) throws SQLException, IOException {
    int found = version(connection);
    if (found > VERSION) {
      throw new IOException(
          ("%s was written by a newer thawd (schema %d, this one knows %d);"
                  + " start that version, or point root elsewhere")
              .formatted(file, found, VERSION));
    }
    try (Statement statement = connection.createStatement()) {
      for (List<String> step : STEPS.subList(found, VERSION)) {
        for (String sql : step) {
          statement.executeUpdate(sql);
        }
      }
      statement.executeUpdate("PRAGMA user_version = " + VERSION);
    }
  }

  private static int version(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("PRAGMA user_version")) {
      rows.next();
      return rows.getInt(1);
    }
  }
}
