package io.thaw.daemon.snapshot;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/// Rows of `layers`: exactly the layers that snapshots show.
final class LayerTable {
  private final Connection connection;

  LayerTable(Connection connection) {
    this.connection = connection;
  }

  void put(LayerRecord layer, long now) throws SQLException {
    String sql =
        """
        INSERT INTO layers
          (number, digest, repository, size_bytes, lazy, ztoc_digest, reason, created_nanos)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (number) DO UPDATE SET
          digest = excluded.digest, repository = excluded.repository,
          size_bytes = excluded.size_bytes, lazy = excluded.lazy,
          ztoc_digest = excluded.ztoc_digest, reason = excluded.reason
        """;
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      insert.setInt(1, layer.number());
      insert.setString(2, layer.digest());
      insert.setString(3, layer.repository());
      insert.setLong(4, layer.sizeBytes());
      insert.setBoolean(5, layer.lazy());
      insert.setString(6, layer.ztocDigest());
      insert.setString(7, layer.reason());
      insert.setLong(8, now);
      insert.executeUpdate();
    }
  }

  void deleteUnused() throws SQLException {
    String sql =
        "DELETE FROM layers WHERE number NOT IN"
            + " (SELECT layer FROM snapshots WHERE layer IS NOT NULL)";
    try (PreparedStatement delete = connection.prepareStatement(sql)) {
      delete.executeUpdate();
    }
  }

  boolean exists(int number) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT 1 FROM layers WHERE number = ?")) {
      select.setInt(1, number);
      try (ResultSet rows = select.executeQuery()) {
        return rows.next();
      }
    }
  }

  List<LayerRecord> all() throws SQLException {
    List<LayerRecord> layers = new ArrayList<>();
    try (PreparedStatement select =
            connection.prepareStatement("SELECT * FROM layers ORDER BY number");
        ResultSet rows = select.executeQuery()) {
      while (rows.next()) {
        layers.add(
            new LayerRecord(
                rows.getInt("number"),
                rows.getString("digest"),
                rows.getString("repository"),
                rows.getLong("size_bytes"),
                rows.getBoolean("lazy"),
                rows.getString("ztoc_digest"),
                rows.getString("reason")));
      }
    }
    return layers;
  }
}
