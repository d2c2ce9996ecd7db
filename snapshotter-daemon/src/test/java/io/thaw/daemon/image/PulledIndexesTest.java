package io.thaw.daemon.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.index.store.ArtifactStore;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.ztoc.ZtocOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PulledIndexesTest {
  private static final int ZTOC_BYTES = 100;

  @TempDir Path directory;
  private ArtifactStore store;

  @BeforeEach
  void open() throws IOException {
    store = ArtifactStore.open(directory);
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  private static byte[] ztoc(int number) {
    byte[] bytes = new byte[ZTOC_BYTES];
    Arrays.fill(bytes, (byte) number);
    return bytes;
  }

  private Digest pulled(int number) throws IOException {
    return LocalZtocs.add(
        store, FakeIndexes.digest(number), ztoc(number), PulledIndexes.BUILD_TOOL);
  }

  /// As if the zTOC had been used so many hours after 2030 began.
  private void usedAt(int number, int hours) throws IOException {
    Digest digest = Digest.sha256(ztoc(number));
    try (var files = Files.walk(directory)) {
      Path file =
          files.filter(f -> f.getFileName().toString().equals(digest.hex())).findFirst().get();
      Instant at = Instant.parse("2030-01-01T00:00:00Z").plusSeconds(3600L * hours);
      Files.setLastModifiedTime(file, FileTime.from(at));
    }
  }

  private boolean knows(int number) throws IOException {
    return store.findAny(new Descriptor("layer", FakeIndexes.digest(number), 10)).isPresent();
  }

  @Test
  void theLeastRecentlyUsedGoUntilATenthBelowTheBound() throws IOException {
    for (int i = 1; i <= 4; i++) {
      pulled(i);
    }
    usedAt(1, 9);
    usedAt(2, 1);
    usedAt(3, 8);
    usedAt(4, 7);
    PulledIndexes indexes = new PulledIndexes(store, 3 * ZTOC_BYTES);

    indexes.enforce();

    assertThat(knows(2)).as("used longest ago").isFalse();
    assertThat(knows(4)).as("the next, to be a tenth below").isFalse();
    assertThat(knows(1)).isTrue();
    assertThat(knows(3)).isTrue();
    assertThat(indexes.usedBytes()).isEqualTo(2 * ZTOC_BYTES);
  }

  @Test
  void whatIsWithinTheBoundStays() throws IOException {
    pulled(1);
    pulled(2);
    PulledIndexes indexes = new PulledIndexes(store, 2 * ZTOC_BYTES);

    indexes.enforce();

    assertThat(knows(1) && knows(2)).isTrue();
    assertThat(indexes.usedBytes()).isEqualTo(2 * ZTOC_BYTES);
  }

  @Test
  void withoutABoundEverythingStays() throws IOException {
    pulled(1);
    pulled(2);
    new PulledIndexes(store, 0).enforce();
    assertThat(knows(1) && knows(2)).isTrue();
  }

  @Test
  void indexesOfPeopleAreNeverRemovedNorCounted() throws IOException {
    LocalZtocs.add(store, FakeIndexes.digest(1), ztoc(1), ZtocOptions.SOCI_BUILD_TOOL);
    pulled(2);
    usedAt(1, 0);
    usedAt(2, 5);
    PulledIndexes indexes = new PulledIndexes(store, ZTOC_BYTES);

    indexes.enforce();
    assertThat(knows(1) && knows(2)).isTrue();

    new PulledIndexes(store, 1).enforce();
    assertThat(knows(1)).as("made by somebody").isTrue();
    assertThat(knows(2)).as("made by a pull").isFalse();
  }

  @Test
  void aZtocThatAnIndexOfPeopleNamesTooStaysWhenThePullsIndexGoes() throws IOException {
    pulled(1);
    LocalZtocs.add(store, FakeIndexes.digest(1), ztoc(1), ZtocOptions.SOCI_BUILD_TOOL);
    pulled(2);
    new PulledIndexes(store, 1).enforce();
    assertThat(knows(1)).isTrue();
    assertThat(knows(2)).isFalse();
  }

  @Test
  void aUseIsNoted() throws IOException {
    pulled(1);
    usedAt(1, 0);
    Digest ztoc = Digest.sha256(ztoc(1));
    Instant before = store.lastUsed(ztoc).orElseThrow();
    store.touch(ztoc);
    assertThat(store.lastUsed(ztoc).orElseThrow()).isNotEqualTo(before);
  }
}
