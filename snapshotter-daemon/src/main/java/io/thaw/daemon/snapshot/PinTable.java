package io.thaw.daemon.snapshot;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// Rows of `pins`.
final class PinTable {
  private final Connection connection;

  PinTable(Connection connection) {
    this.connection = connection;
  }

  void put(Pin pin) throws SQLException {
    String sql =
        """
        INSERT OR REPLACE INTO pins
          (image, layer, layer_digest, until, created_nanos, expires_nanos)
        VALUES (?, ?, ?, ?, ?, ?)
        """;
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      insert.setString(1, pin.image());
      insert.setInt(2, pin.layer());
      insert.setString(3, pin.layerDigest());
      insert.setString(4, pin.until());
      insert.setLong(5, SnapshotTable.nanos(pin.created()));
      insert.setLong(6, SnapshotTable.nanos(pin.expires()));
      insert.executeUpdate();
    }
  }

  List<Pin> all() throws SQLException {
    List<Pin> pins = new ArrayList<>();
    try (PreparedStatement select =
            connection.prepareStatement("SELECT * FROM pins ORDER BY image, layer");
        ResultSet rows = select.executeQuery()) {
      while (rows.next()) {
        pins.add(
            new Pin(
                rows.getString("image"),
                rows.getInt("layer"),
                rows.getString("layer_digest"),
                rows.getString("until"),
                SnapshotTable.instant(rows.getLong("created_nanos")),
                SnapshotTable.instant(rows.getLong("expires_nanos"))));
      }
    }
    return pins;
  }

  boolean holds(int layer) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT 1 FROM pins WHERE layer = ? LIMIT 1")) {
      select.setInt(1, layer);
      try (ResultSet rows = select.executeQuery()) {
        return rows.next();
      }
    }
  }

  int removeImage(String image) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM pins WHERE image = ?")) {
      delete.setString(1, image);
      return delete.executeUpdate();
    }
  }

  int removeExpired(Instant now) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM pins WHERE expires_nanos <= ?")) {
      delete.setLong(1, SnapshotTable.nanos(now));
      return delete.executeUpdate();
    }
  }

  int keepOnly(Collection<Integer> layers) throws SQLException {
    int removed = 0;
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM pins WHERE layer = ?")) {
      for (int layer : all().stream().map(Pin::layer).distinct().toList()) {
        if (!layers.contains(layer)) {
          delete.setInt(1, layer);
          removed += delete.executeUpdate();
        }
      }
    }
    return removed;
  }
}
