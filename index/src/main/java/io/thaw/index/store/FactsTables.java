package io.thaw.index.store;

import io.thaw.index.SociIndex;
import io.thaw.index.oci.Platform;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Reads and writes rows; every call is part of a transaction of the caller.
final class FactsTables {
  private static final String COLUMNS =
      "digest, kind, media_type, size_bytes, version, manifest, image, platform, layer,"
          + " layer_media_type, span_size_bytes, created_seconds";

  private final Connection connection;

  FactsTables(Connection connection) {
    this.connection = connection;
  }

  /// Adds an artifact; of one that is known already, facts that were missing are filled in.
  void add(StoredArtifact artifact) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO artifact ("
                + COLUMNS
                + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (digest) DO UPDATE SET"
                + " manifest = coalesce(excluded.manifest, manifest),"
                + " image = coalesce(excluded.image, image),"
                + " platform = coalesce(excluded.platform, platform),"
                + " span_size_bytes = coalesce(span_size_bytes, excluded.span_size_bytes)")) {
      insert.setString(1, artifact.descriptor().digest().toString());
      insert.setString(3, artifact.descriptor().mediaType());
      insert.setLong(4, artifact.descriptor().sizeBytes());
      insert.setLong(12, artifact.created().getEpochSecond());
      switch (artifact) {
        case StoredArtifact.Index index -> {
          insert.setString(2, "index");
          insert.setString(5, index.version().name());
          text(insert, 6, index.manifest());
          text(insert, 7, index.image());
          text(insert, 8, index.platform());
        }
        case StoredArtifact.Ztoc ztoc -> {
          insert.setString(2, "ztoc");
          insert.setString(9, ztoc.layer().toString());
          insert.setString(10, ztoc.layerMediaType());
          if (ztoc.spanSizeBytes().isPresent()) {
            insert.setLong(11, ztoc.spanSizeBytes().getAsLong());
          } else {
            insert.setNull(11, Types.INTEGER);
          }
        }
        case StoredArtifact.Prefetch prefetch -> {
          insert.setString(2, "prefetch");
          insert.setString(9, prefetch.layer().toString());
        }
      }
      insert.executeUpdate();
    }
    if (artifact instanceof StoredArtifact.Index index) {
      relate(index);
    }
  }

  private void relate(StoredArtifact.Index index) throws SQLException {
    String digest = index.descriptor().digest().toString();
    List<Digest> blobs = new ArrayList<>(index.ztocs());
    blobs.addAll(index.prefetches());
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT OR IGNORE INTO blob VALUES (?, ?, ?)")) {
      for (int i = 0; i < blobs.size(); i++) {
        insert.setString(1, digest);
        insert.setInt(2, i);
        insert.setString(3, blobs.get(i).toString());
        insert.addBatch();
      }
      insert.executeBatch();
    }
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT OR IGNORE INTO name VALUES (?, ?)")) {
      for (String name : index.names()) {
        insert.setString(1, digest);
        insert.setString(2, name);
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  /// All artifacts, the newest first, then by digest.
  List<StoredArtifact> all() throws SQLException {
    return read("ORDER BY created_seconds DESC, digest", null);
  }

  Optional<StoredArtifact> find(Digest digest) throws SQLException {
    return read("WHERE digest = ?", digest.toString()).stream().findFirst();
  }

  /// zTOCs of a layer, the newest first.
  List<StoredArtifact> ztocsOf(Digest layer) throws SQLException {
    return read(
        "WHERE kind = 'ztoc' AND layer = ? ORDER BY created_seconds DESC, digest",
        layer.toString());
  }

  /// Forgets an index, and what is left without any index.
  ///
  /// @return the digests of those others
  List<Digest> removeIndex(Digest index) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM artifact WHERE digest = ? AND kind = 'index'")) {
      delete.setString(1, index.toString());
      delete.executeUpdate();
    }
    List<Digest> orphans = new ArrayList<>();
    try (PreparedStatement delete =
        connection.prepareStatement(
            "DELETE FROM artifact WHERE kind <> 'index' AND digest NOT IN (SELECT digest FROM blob)"
                + " RETURNING digest")) {
      try (ResultSet rows = delete.executeQuery()) {
        while (rows.next()) {
          orphans.add(Digest.parse(rows.getString(1)));
        }
      }
    }
    return orphans;
  }

  /// Forgets everything.
  void clear() throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.executeUpdate("DELETE FROM name");
      statement.executeUpdate("DELETE FROM blob");
      statement.executeUpdate("DELETE FROM artifact");
    }
  }

  private List<StoredArtifact> read(String rest, @Nullable String parameter) throws SQLException {
    List<StoredArtifact> artifacts = new ArrayList<>();
    try (PreparedStatement select =
        connection.prepareStatement("SELECT " + COLUMNS + " FROM artifact " + rest)) {
      if (parameter != null) {
        select.setString(1, parameter);
      }
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          artifacts.add(artifact(rows));
        }
      }
    }
    return artifacts;
  }

  private StoredArtifact artifact(ResultSet row) throws SQLException {
    Descriptor descriptor =
        new Descriptor(
            row.getString("media_type"),
            Digest.parse(row.getString("digest")),
            row.getLong("size_bytes"));
    Instant created = Instant.ofEpochSecond(row.getLong("created_seconds"));
    return switch (row.getString("kind")) {
      case "index" ->
          new StoredArtifact.Index(
              descriptor,
              SociIndex.Version.valueOf(row.getString("version")),
              Optional.ofNullable(row.getString("manifest")).map(Digest::parse),
              Optional.ofNullable(row.getString("image")).map(Digest::parse),
              Optional.ofNullable(row.getString("platform")).map(Platform::parse),
              related("SELECT name FROM name WHERE of_index = ? ORDER BY name", descriptor),
              blobs(descriptor, "ztoc"),
              blobs(descriptor, "prefetch"),
              created);
      case "ztoc" -> {
        long spanSize = row.getLong("span_size_bytes");
        yield new StoredArtifact.Ztoc(
            descriptor,
            Digest.parse(row.getString("layer")),
            row.getString("layer_media_type"),
            row.wasNull() ? OptionalLong.empty() : OptionalLong.of(spanSize),
            created);
      }
      default ->
          new StoredArtifact.Prefetch(descriptor, Digest.parse(row.getString("layer")), created);
    };
  }

  private List<Digest> blobs(Descriptor index, String kind) throws SQLException {
    return related(
            "SELECT b.digest FROM blob b JOIN artifact a ON a.digest = b.digest"
                + " WHERE b.of_index = ? AND a.kind = '"
                + kind
                + "' ORDER BY b.position",
            index)
        .stream()
        .map(Digest::parse)
        .toList();
  }

  private List<String> related(String sql, Descriptor index) throws SQLException {
    List<String> found = new ArrayList<>();
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, index.digest().toString());
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          found.add(rows.getString(1));
        }
      }
    }
    return found;
  }

  private static void text(PreparedStatement statement, int column, Optional<?> value)
      throws SQLException {
    statement.setString(column, value.map(Object::toString).orElse(null));
  }
}
