package io.thaw.daemon.snapshot;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Rows of `snapshots` and `labels`, inside somebody's transaction.
final class SnapshotTable {
  private static final long NANOS = 1_000_000_000L;

  private static final String SELECT =
      """
      SELECT s.id, s.name, s.kind, coalesce(p.name, '') AS parent, s.layer, s.size_bytes, s.inodes,
             s.created_nanos, s.updated_nanos
      FROM snapshots s LEFT JOIN snapshots p ON p.id = s.parent
      """;

  private final Connection connection;

  SnapshotTable(Connection connection) {
    this.connection = connection;
  }

  static long nanos(Instant instant) {
    return Math.addExact(Math.multiplyExact(instant.getEpochSecond(), NANOS), instant.getNano());
  }

  static Instant instant(long nanos) {
    return Instant.ofEpochSecond(Math.floorDiv(nanos, NANOS), Math.floorMod(nanos, NANOS));
  }

  StoredSnapshot require(String name) throws SQLException, SnapshotException {
    return find(name).orElseThrow(() -> SnapshotException.notFound(name));
  }

  Optional<StoredSnapshot> find(String name) throws SQLException {
    return query(SELECT + "WHERE s.name = ?", name).stream().findFirst();
  }

  List<StoredSnapshot> all() throws SQLException {
    return query(SELECT + "ORDER BY s.id");
  }

  Optional<StoredSnapshot> findTarget(String target, String parent) throws SQLException {
    String sql =
        SELECT
            + """
            JOIN labels l ON l.snapshot = s.id AND l.key = ? AND l.value = ?
            WHERE s.kind = ? AND coalesce(p.name, '') = ? ORDER BY s.id
            """;
    return query(sql, Labels.TARGET, target, Kind.COMMITTED.code(), parent).stream().findFirst();
  }

  /// Parent first.
  List<StoredSnapshot> ancestors(long id) throws SQLException {
    String sql =
        """
        WITH RECURSIVE chain (id, depth) AS (
          SELECT parent, 1 FROM snapshots WHERE id = ?
          UNION ALL
          SELECT s.parent, depth + 1 FROM snapshots s JOIN chain c ON s.id = c.id
          WHERE s.parent IS NOT NULL
        )
        """
            + SELECT
            + "JOIN chain c ON c.id = s.id ORDER BY c.depth";
    return query(sql, id);
  }

  /// Layers in the chains of snapshots that can be mounted.
  Set<Integer> layersInUse() throws SQLException {
    String sql =
        """
        WITH RECURSIVE used (id) AS (
          SELECT parent FROM snapshots WHERE kind <> ? AND parent IS NOT NULL
          UNION
          SELECT s.parent FROM snapshots s JOIN used u ON s.id = u.id WHERE s.parent IS NOT NULL
        )
        SELECT DISTINCT s.layer FROM snapshots s JOIN used u ON u.id = s.id
        WHERE s.layer IS NOT NULL
        """;
    Set<Integer> layers = new HashSet<>();
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setInt(1, Kind.COMMITTED.code());
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          layers.add(rows.getInt(1));
        }
      }
    }
    return Set.copyOf(layers);
  }

  Set<Long> ids() throws SQLException {
    Set<Long> ids = new HashSet<>();
    try (PreparedStatement select = connection.prepareStatement("SELECT id FROM snapshots");
        ResultSet rows = select.executeQuery()) {
      while (rows.next()) {
        ids.add(rows.getLong(1));
      }
    }
    return Set.copyOf(ids);
  }

  Optional<String> anyChild(long id) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT name FROM snapshots WHERE parent = ? LIMIT 1")) {
      select.setLong(1, id);
      try (ResultSet rows = select.executeQuery()) {
        return rows.next() ? Optional.of(rows.getString(1)) : Optional.empty();
      }
    }
  }

  long insert(Kind kind, String name, @Nullable Long parent, long now) throws SQLException {
    String sql =
        """
        INSERT INTO snapshots (name, kind, parent, created_nanos, updated_nanos)
        VALUES (?, ?, ?, ?, ?) RETURNING id
        """;
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      bind(insert, name, kind.code(), parent, now, now);
      try (ResultSet rows = insert.executeQuery()) {
        rows.next();
        return rows.getLong(1);
      }
    }
  }

  void setLayer(long id, int layer) throws SQLException {
    update("UPDATE snapshots SET layer = ? WHERE id = ?", layer, id);
  }

  void setParent(long id, long parent) throws SQLException {
    update("UPDATE snapshots SET parent = ? WHERE id = ?", parent, id);
  }

  boolean shows(int layer) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT 1 FROM snapshots WHERE layer = ? LIMIT 1")) {
      select.setInt(1, layer);
      try (ResultSet rows = select.executeQuery()) {
        return rows.next();
      }
    }
  }

  void commit(long id, String name, Usage usage, long now) throws SQLException {
    update(
        """
        UPDATE snapshots
        SET kind = ?, name = ?, size_bytes = ?, inodes = ?, created_nanos = ?, updated_nanos = ?
        WHERE id = ?
        """,
        Kind.COMMITTED.code(),
        name,
        usage.sizeBytes(),
        usage.inodes(),
        now,
        now,
        id);
  }

  void touch(long id, long now) throws SQLException {
    update("UPDATE snapshots SET updated_nanos = ? WHERE id = ?", now, id);
  }

  void delete(long id) throws SQLException {
    update("DELETE FROM snapshots WHERE id = ?", id);
  }

  void setLabels(long id, Map<String, String> labels) throws SQLException {
    update("DELETE FROM labels WHERE snapshot = ?", id);
    for (Map.Entry<String, String> label : labels.entrySet()) {
      update(
          "INSERT INTO labels (snapshot, key, value) VALUES (?, ?, ?)",
          id,
          label.getKey(),
          label.getValue());
    }
  }

  private void update(String sql, @Nullable Object... values) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      bind(statement, values);
      statement.executeUpdate();
    }
  }

  private List<StoredSnapshot> query(String sql, Object... values) throws SQLException {
    List<StoredSnapshot> found = new ArrayList<>();
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      bind(select, values);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          found.add(row(rows));
        }
      }
    }
    return found;
  }

  private static void bind(PreparedStatement statement, @Nullable Object... values)
      throws SQLException {
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
  }

  private StoredSnapshot row(ResultSet rows) throws SQLException {
    long id = rows.getLong("id");
    int layer = rows.getInt("layer");
    OptionalInt shown = rows.wasNull() ? OptionalInt.empty() : OptionalInt.of(layer);
    SnapshotInfo info =
        new SnapshotInfo(
            rows.getString("name"),
            rows.getString("parent"),
            Kind.of(rows.getInt("kind")),
            labels(id),
            instant(rows.getLong("created_nanos")),
            instant(rows.getLong("updated_nanos")));
    Usage usage = new Usage(rows.getLong("size_bytes"), rows.getLong("inodes"));
    return new StoredSnapshot(id, info, shown, usage);
  }

  private Map<String, String> labels(long id) throws SQLException {
    Map<String, String> labels = new HashMap<>();
    try (PreparedStatement select =
        connection.prepareStatement("SELECT key, value FROM labels WHERE snapshot = ?")) {
      select.setLong(1, id);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          labels.put(rows.getString(1), rows.getString(2));
        }
      }
    }
    return labels;
  }
}
