package io.thaw.daemon.snapshot;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// Rows of `why`: one for each layer of an image.
final class WhyTable {
  /// Older records are dropped beyond this number.
  static final int MAX_ROWS = 10_000;

  /// How long a record stays whose snapshot never came, because the pull failed.
  static final Duration KEEP_FAILED = Duration.ofDays(1);

  private final Connection connection;

  WhyTable(Connection connection) {
    this.connection = connection;
  }

  void put(WhyRecord why) throws SQLException {
    String sql =
        """
        INSERT OR REPLACE INTO why (image, manifest, layer_digest, snapshot, mode, reason,
          index_source, index_digest, at_nanos)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """;
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      insert.setString(1, why.image());
      insert.setString(2, why.manifest());
      insert.setString(3, why.layerDigest());
      insert.setString(4, why.snapshot());
      insert.setString(5, why.mode().text());
      insert.setString(6, why.reason());
      insert.setString(7, why.index().source());
      insert.setString(8, why.index().digest());
      insert.setLong(9, SnapshotTable.nanos(why.at()));
      insert.executeUpdate();
    }
    prune(why.at());
  }

  private void prune(Instant now) throws SQLException {
    String sql =
        """
        DELETE FROM why WHERE at_nanos < ? AND snapshot NOT IN (SELECT name FROM snapshots)
          OR at_nanos < (SELECT at_nanos FROM why ORDER BY at_nanos DESC LIMIT 1 OFFSET ?)
        """;
    try (PreparedStatement delete = connection.prepareStatement(sql)) {
      delete.setLong(1, SnapshotTable.nanos(now.minus(KEEP_FAILED)));
      delete.setInt(2, MAX_ROWS);
      delete.executeUpdate();
    }
  }

  /// Forgets the images one of whose layers this snapshot showed: containerd removes an image
  /// from its top layer down.
  void forgetImagesOf(String snapshot) throws SQLException {
    String sql =
        """
        DELETE FROM why WHERE EXISTS (SELECT 1 FROM why AS gone WHERE gone.snapshot = ?
          AND gone.image = why.image AND gone.manifest = why.manifest)
        """;
    try (PreparedStatement delete = connection.prepareStatement(sql)) {
      delete.setString(1, snapshot);
      delete.executeUpdate();
    }
  }

  List<WhyRecord> newest(int limit) throws SQLException {
    List<WhyRecord> records = new ArrayList<>();
    try (PreparedStatement select =
        connection.prepareStatement("SELECT * FROM why ORDER BY at_nanos DESC LIMIT ?")) {
      select.setInt(1, limit);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          records.add(
              new WhyRecord(
                  SnapshotTable.instant(rows.getLong("at_nanos")),
                  rows.getString("image"),
                  rows.getString("manifest"),
                  rows.getString("layer_digest"),
                  rows.getString("snapshot"),
                  LayerMode.of(rows.getString("mode")),
                  rows.getString("reason"),
                  new IndexUse(rows.getString("index_source"), rows.getString("index_digest"))));
        }
      }
    }
    return records;
  }
}
