package io.thaw.daemon.snapshot;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/// Rows of `why`.
final class WhyTable {
  /// Older records are dropped beyond this number.
  static final int MAX_ROWS = 10_000;

  private final Connection connection;

  WhyTable(Connection connection) {
    this.connection = connection;
  }

  void add(WhyRecord why) throws SQLException {
    String sql =
        """
        INSERT INTO why (at_nanos, image, layer_digest, snapshot, outcome, reason)
        VALUES (?, ?, ?, ?, ?, ?)
        """;
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      insert.setLong(1, SnapshotTable.nanos(why.at()));
      insert.setString(2, why.image());
      insert.setString(3, why.layerDigest());
      insert.setString(4, why.snapshot());
      insert.setString(5, why.outcome());
      insert.setString(6, why.reason());
      insert.executeUpdate();
    }
    try (PreparedStatement delete =
        connection.prepareStatement(
            "DELETE FROM why WHERE id <= (SELECT max(id) FROM why) - " + MAX_ROWS)) {
      delete.executeUpdate();
    }
  }

  List<WhyRecord> newest(int limit) throws SQLException {
    List<WhyRecord> records = new ArrayList<>();
    try (PreparedStatement select =
        connection.prepareStatement("SELECT * FROM why ORDER BY id DESC LIMIT ?")) {
      select.setInt(1, limit);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          records.add(
              new WhyRecord(
                  SnapshotTable.instant(rows.getLong("at_nanos")),
                  rows.getString("image"),
                  rows.getString("layer_digest"),
                  rows.getString("snapshot"),
                  rows.getString("outcome"),
                  rows.getString("reason")));
        }
      }
    }
    return records;
  }
}
