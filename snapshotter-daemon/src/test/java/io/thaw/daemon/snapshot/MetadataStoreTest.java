package io.thaw.daemon.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.daemon.snapshot.filter.Filter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetadataStoreTest {
  @TempDir Path directory;

  @Test
  void whatWasCommittedIsThereAfterReopening() throws IOException {
    try (MetadataStore store = open()) {
      store.createCommitted("base", "", Map.of("k", "v"), 3, _ -> {});
      store.create(Kind.ACTIVE, "c", "base", Map.of(), _ -> {});
      store.recordWhy(
          new WhyRecord(
              Instant.now(),
              "i",
              "m",
              "d",
              "base",
              LayerMode.LAZY,
              "r",
              new IndexUse("annotation", "x")));
    }
    try (MetadataStore store = open()) {
      MetadataStore.Chain chain = store.chain("c");
      assertThat(chain.snapshot().info().parent()).isEqualTo("base");
      assertThat(chain.ancestors()).hasSize(1);
      assertThat(chain.ancestors().getFirst().layer()).hasValue(3);
      assertThat(chain.ancestors().getFirst().info().labels()).isEqualTo(Map.of("k", "v"));
      assertThat(store.isUnused(3)).isFalse();
      assertThat(store.why(5)).hasSize(1);
    }
  }

  @Test
  void aFailingDirectoryMakerLeavesNoRow() throws IOException {
    try (MetadataStore store = open()) {
      assertThatThrownBy(
              () ->
                  store.create(
                      Kind.ACTIVE,
                      "a",
                      "",
                      Map.of(),
                      _ -> {
                        throw new IOException("disk full");
                      }))
          .hasMessage("disk full");
      assertThat(store.list(Filter.parse(""))).isEmpty();
    }
  }

  @Test
  void layersAreInUseBelowViewsAndActiveSnapshots() throws IOException {
    try (MetadataStore store = open()) {
      store.createCommitted("a", "", Map.of(), 1, _ -> {});
      store.createCommitted("b", "a", Map.of(), 2, _ -> {});
      store.createCommitted("c", "b", Map.of(), 3, _ -> {});
      store.createCommitted("other", "", Map.of(), 4, _ -> {});
      assertThat(store.layersInUse()).isEmpty();
      store.create(Kind.ACTIVE, "container", "b", Map.of(), _ -> {});
      assertThat(store.layersInUse()).containsExactlyInAnyOrder(1, 2);
      store.create(Kind.VIEW, "view", "other", Map.of(), _ -> {});
      assertThat(store.layersInUse()).containsExactlyInAnyOrder(1, 2, 4);
      store.remove("container");
      assertThat(store.layersInUse()).containsExactly(4);
    }
  }

  @Test
  void layersGoWithTheirLastSnapshot() throws IOException {
    try (MetadataStore store = open()) {
      store.createCommitted("a", "", Map.of(), 3, _ -> {});
      store.createCommitted("b", "", Map.of(), 3, _ -> {});
      store.remove("a");
      assertThat(store.isUnused(3)).isFalse();
      store.remove("b");
      assertThat(store.isUnused(3)).isTrue();
    }
  }

  @Test
  void manyThreadsSeeOneOrder() throws Exception {
    try (MetadataStore store = open();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Boolean>> results = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        String key = "key-" + i % 20;
        results.add(threads.submit(() -> created(store, key)));
      }
      int created = 0;
      for (Future<Boolean> result : results) {
        created += result.get() ? 1 : 0;
      }
      assertThat(created).isEqualTo(20);
      assertThat(store.ids()).hasSize(20);
    }
  }

  private static boolean created(MetadataStore store, String key) throws IOException {
    try {
      store.create(Kind.ACTIVE, key, "", Map.of(), _ -> {});
      return true;
    } catch (SnapshotException e) {
      assertThat(e.code()).isEqualTo(SnapshotException.Code.ALREADY_EXISTS);
      return false;
    }
  }

  @Test
  void aNewerSchemaIsRefused() throws IOException, SQLException {
    open().close();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
        var statement = connection.createStatement()) {
      statement.execute("PRAGMA user_version = 99");
    }
    assertThatThrownBy(this::open).hasMessageContaining("newer thawd (schema 99");
  }

  @Test
  void aFileThatIsNoDatabaseIsRefused() throws IOException {
    Files.writeString(file(), "not a database, but long enough to be looked at".repeat(50));
    assertThatThrownBy(this::open)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file().toString());
  }

  @Test
  void theDatabaseIsDurable() throws IOException {
    try (Database database = Database.open(file())) {
      assertThat(pragma(database, "journal_mode")).isEqualTo("wal");
      assertThat(pragma(database, "synchronous")).isEqualTo("2");
      assertThat(pragma(database, "foreign_keys")).isEqualTo("1");
    }
  }

  private static String pragma(Database database, String name) throws IOException {
    return database.transaction(
        c -> {
          try (var statement = c.createStatement();
              var rows = statement.executeQuery("PRAGMA " + name)) {
            rows.next();
            return rows.getString(1);
          }
        });
  }

  private Path file() {
    return directory.resolve("metadata.db");
  }

  private MetadataStore open() throws IOException {
    return MetadataStore.open(file());
  }
}
