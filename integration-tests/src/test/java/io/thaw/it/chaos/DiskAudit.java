package io.thaw.it.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.it.node.Mounts;
import io.thaw.proto.containerd.snapshots.v1.Info;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Compares what the daemon says with its database and with what is on disk and mounted.
final class DiskAudit {
  private final Path root;
  private final Map<String, Row> rows;

  private record Row(String id, Optional<String> layer) {}

  private DiskAudit(Path root, Map<String, Row> rows) {
    this.root = root;
    this.rows = rows;
  }

  /// Reads the database of the daemon at `root`.
  static DiskAudit of(Path root) throws IOException {
    Map<String, Row> rows = new HashMap<>();
    try (Connection database =
            DriverManager.getConnection("jdbc:sqlite:" + root.resolve("metadata.db"));
        Statement statement = database.createStatement();
        ResultSet found = statement.executeQuery("SELECT id, layer, name FROM snapshots")) {
      while (found.next()) {
        Optional<String> layer = Optional.ofNullable(found.getString("layer"));
        rows.put(found.getString("name"), new Row(found.getString("id"), layer));
      }
    } catch (SQLException e) {
      throw new IOException("Cannot read the database of " + root, e);
    }
    return new DiskAudit(root, rows);
  }

  /// Every snapshot of the list is a row with a directory, every directory belongs to a row, every
  /// layer on disk is shown by a row and the other way round, and what is mounted shows a layer.
  void assertAgreesWith(List<Info> listed) throws IOException {
    assertThat(listed.stream().map(Info::getName).toList())
        .containsExactlyInAnyOrderElementsOf(rows.keySet());
    assertThat(listed.stream().map(Info::getParent).filter(p -> !p.isEmpty()).toList())
        .as("parents")
        .isSubsetOf(rows.keySet());
    assertThat(names("snapshots")).as("snapshots/").isEqualTo(sorted(ids(rows.values())));
    assertThat(numbers(names("layers")))
        .as("layers/")
        .isEqualTo(sorted(rows.values().stream().flatMap(row -> row.layer().stream()).toList()));
    Set<Path> mountpoints =
        rows.values().stream()
            .filter(row -> row.layer().isPresent())
            .map(this::files)
            .collect(Collectors.toSet());
    assertThat(Mounts.under(root).stream().map(Mounts.Entry::mountpoint).toList())
        .as("mounts")
        .doesNotHaveDuplicates()
        .isSubsetOf(mountpoints);
  }

  /// The snapshots are there as the model has them, with the files that were written into them.
  void assertHolds(Map<String, Entry> model, List<Info> listed) {
    Map<String, Info> infos =
        listed.stream().collect(Collectors.toMap(Info::getName, info -> info));
    model.forEach(
        (name, entry) -> {
          assertThat(infos).containsKey(name);
          assertThat(infos.get(name)).as("%s", entry).matches(entry::matches);
          if (!entry.marker().isEmpty()) {
            assertThat(files(rows.get(name)).resolve("marker")).hasContent(entry.marker());
          }
        });
  }

  private Path files(Row row) {
    return root.resolve("snapshots").resolve(row.id()).resolve("fs");
  }

  private Set<String> names(String directory) throws IOException {
    try (Stream<Path> entries = Files.list(root.resolve(directory))) {
      return sorted(entries.map(path -> path.getFileName().toString()).toList());
    }
  }

  private static Set<String> numbers(Set<String> names) {
    return sorted(names.stream().filter(name -> name.matches("[0-9]+")).toList());
  }

  private static List<String> ids(Collection<Row> rows) {
    return rows.stream().map(Row::id).toList();
  }

  private static Set<String> sorted(Collection<String> names) {
    return new TreeSet<>(names);
  }
}
