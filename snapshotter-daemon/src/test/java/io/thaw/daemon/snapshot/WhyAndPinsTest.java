package io.thaw.daemon.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WhyAndPinsTest {
  @TempDir Path dir;

  private MetadataStore open() throws IOException {
    return MetadataStore.open(dir.resolve("metadata.db"));
  }

  private static WhyRecord why(String image, String layer, String snapshot, Instant at) {
    return new WhyRecord(
        at,
        image,
        "sha256:m",
        layer,
        snapshot,
        LayerMode.LAZY,
        "because",
        new IndexUse("annotation", "sha256:i"));
  }

  private static void committed(MetadataStore store, String name, String parent)
      throws IOException {
    store.createCommitted(name, parent, Map.of(), 1, _ -> {});
  }

  @Test
  void aReasonSurvivesARestartWhole() throws IOException {
    WhyRecord why = why("a", "l1", "s1", Instant.ofEpochSecond(1_800_000_000, 5));
    try (MetadataStore store = open()) {
      store.recordWhy(why);
    }
    try (MetadataStore store = open()) {
      assertThat(store.why(10)).containsExactly(why);
    }
  }

  @Test
  void aLayerOfAnImageHasOneReason() throws IOException {
    Instant now = Instant.now();
    try (MetadataStore store = open()) {
      store.recordWhy(why("a", "l1", "s1", now));
      store.recordWhy(why("a", "l1", "s2", now.plusSeconds(1)));
      store.recordWhy(why("b", "l1", "s2", now.plusSeconds(2)));

      assertThat(store.why(10)).extracting(WhyRecord::image).containsExactly("b", "a");
    }
  }

  @Test
  void reasonsGoWithTheImage() throws IOException {
    try (MetadataStore store = open()) {
      committed(store, "s1", "");
      committed(store, "s2", "s1");
      store.recordWhy(why("a", "l1", "s1", Instant.now()));
      store.recordWhy(why("a", "l2", "s2", Instant.now()));
      store.recordWhy(why("b", "l1", "s1", Instant.now()));

      store.remove("s2");

      assertThat(store.why(10)).extracting(WhyRecord::image).containsExactly("b");
    }
  }

  @Test
  void aReasonWhoseSnapshotNeverCameStaysADay() throws IOException {
    Instant now = Instant.now();
    try (MetadataStore store = open()) {
      store.recordWhy(why("failed", "l1", "s1", now.minus(Duration.ofHours(2))));
      store.recordWhy(why("old", "l1", "s9", now.minus(Duration.ofDays(2))));
      committed(store, "s3", "");
      store.recordWhy(why("there", "l1", "s3", now.minus(Duration.ofDays(9))));
      store.recordWhy(why("now", "l1", "s4", now));

      assertThat(store.why(10))
          .extracting(WhyRecord::image)
          .containsExactly("now", "failed", "there");
    }
  }

  @Test
  void aPinKeepsALayerUntilItsTimeIsOver() throws IOException {
    Instant now = Instant.now();
    try (MetadataStore store = open()) {
      assertThat(store.isUnused(7)).isTrue();
      store.pin(List.of(new Pin("a", 7, "l7", "full", now, now.plusSeconds(60))));
      assertThat(store.isUnused(7)).isFalse();
      assertThat(store.expirePins(now)).isZero();
      assertThat(store.expirePins(now.plusSeconds(61))).isEqualTo(1);
      assertThat(store.isUnused(7)).isTrue();
    }
  }

  @Test
  void pinsEndWithTheirImageOrTheirLayer() throws IOException {
    Instant now = Instant.now();
    try (MetadataStore store = open()) {
      store.pin(
          List.of(
              new Pin("a", 7, "l7", "full", now, now),
              new Pin("b", 7, "l7", "full", now, now),
              new Pin("b", 8, "l8", "full", now, now)));

      assertThat(store.unpin("a")).isEqualTo(1);
      assertThat(store.pins()).extracting(Pin::image).containsExactly("b", "b");
      assertThat(store.retainPins(List.of(8))).isEqualTo(1);
      assertThat(store.pins()).extracting(Pin::layer).containsExactly(8);
    }
  }

  @Test
  void aDatabaseOfTheFirstSchemaIsBroughtUpToDate() throws IOException, SQLException {
    try (MetadataStore store = open()) {
      committed(store, "s1", "");
    }
    try (Connection old = DriverManager.getConnection("jdbc:sqlite:" + dir.resolve("metadata.db"));
        Statement statement = old.createStatement()) {
      statement.executeUpdate("DROP TABLE why");
      statement.executeUpdate("DROP TABLE pins");
      statement.executeUpdate(
          "CREATE TABLE why (id INTEGER PRIMARY KEY AUTOINCREMENT, at_nanos INTEGER NOT NULL,"
              + " image TEXT NOT NULL, layer_digest TEXT NOT NULL, snapshot TEXT NOT NULL,"
              + " outcome TEXT NOT NULL, reason TEXT NOT NULL)");
      statement.executeUpdate(
          "INSERT INTO why (at_nanos, image, layer_digest, snapshot, outcome, reason) VALUES"
              + " (1, 'a', 'l', 's1', 'containerd', 'first'), (2, 'a', 'l', 's1', 'unpacked',"
              + " 'second')");
      statement.executeUpdate("PRAGMA user_version = 1");
    }
    try (MetadataStore store = open()) {
      WhyRecord why = store.why(10).getFirst();
      assertThat(why.reason()).isEqualTo("second");
      assertThat(why.mode()).isEqualTo(LayerMode.EAGER);
      assertThat(store.why(10)).hasSize(1);
      assertThat(store.get("s1").info().name()).isEqualTo("s1");
    }
  }
}
