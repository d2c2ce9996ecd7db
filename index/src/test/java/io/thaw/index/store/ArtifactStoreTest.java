package io.thaw.index.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.index.oci.BlobContent;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArtifactStoreTest {
  @TempDir Path dir;

  @Test
  void tellsWhatWasStored() throws IOException {
    try (ArtifactStore store = open()) {
      StoredArtifact.Index stored = StoreFixture.add(store, "app:1", 1, 2);
      assertThat(store.indexes()).containsExactly(stored);
      assertThat(stored.names()).containsExactly("app:1");
      assertThat(stored.platform()).hasToString("Optional[linux/amd64]");
      assertThat(stored.manifest()).contains(StoreFixture.manifest("app:1"));
      assertThat(stored.ztocs())
          .containsExactly(StoreFixture.ztocDigest(1), StoreFixture.ztocDigest(2));
      assertThat(store.index(stored.descriptor().digest()))
          .isEqualTo(StoreFixture.index("app:1", 1, 2).index());
      assertThat(store.file(StoreFixture.ztocDigest(2))).hasBinaryContent(StoreFixture.ztoc(2));
    }
    try (ArtifactStore again = open()) {
      assertThat(again.artifacts()).hasSize(3);
    }
  }

  @Test
  void findsAZtocByItsLayer() throws IOException {
    try (ArtifactStore store = open()) {
      StoreFixture.add(store, "app:1", 1, 2);
      assertThat(store.ztocsOf(StoreFixture.layer(2)))
          .singleElement()
          .satisfies(
              ztoc -> {
                assertThat(ztoc.descriptor().digest()).isEqualTo(StoreFixture.ztocDigest(2));
                assertThat(ztoc.spanSizeBytes()).hasValue(StoreFixture.SPAN_SIZE);
              });
      assertThat(store.ztocsOf(StoreFixture.layer(3))).isEmpty();
    }
  }

  @Test
  void storingAgainChangesNothingButTheNames() throws IOException {
    try (ArtifactStore store = open()) {
      StoreFixture.Made made = StoreFixture.index("app:1", 1);
      store.add(made.index(), StoreFixture.facts("app:1"), made.blobs());
      store.add(made.index(), StoreFixture.facts("app:latest"), made.blobs());
      assertThat(store.indexes())
          .singleElement()
          .satisfies(index -> assertThat(index.names()).containsExactly("app:1", "app:latest"));
      assertThat(files()).hasSize(3);
    }
  }

  @Test
  void removesWhatNoOtherIndexNeeds() throws IOException {
    try (ArtifactStore store = open()) {
      StoredArtifact.Index one = StoreFixture.add(store, "app:1", 1, 2);
      StoreFixture.add(store, "app:2", 2, 3);
      ArtifactStore.Removed removed = store.remove(List.of(one.descriptor().digest()));
      assertThat(removed.dropped()).containsExactly(StoreFixture.ztocDigest(1));
      assertThat(removed.kept()).containsExactly(StoreFixture.ztocDigest(2));
      assertThat(files())
          .doesNotContain(StoreFixture.ztocDigest(1).hex(), one.descriptor().digest().hex())
          .contains(StoreFixture.ztocDigest(2).hex(), StoreFixture.ztocDigest(3).hex());
      assertThatThrownBy(() -> store.file(StoreFixture.ztocDigest(1)))
          .hasMessageContaining("thaw rebuild-db");
    }
  }

  @Test
  void removesNothingIfOneIsNoIndex() throws IOException {
    try (ArtifactStore store = open()) {
      Digest index = StoreFixture.add(store, "app:1", 1).descriptor().digest();
      assertThatThrownBy(() -> store.remove(List.of(index, StoreFixture.ztocDigest(1))))
          .hasMessageContaining("is a zTOC; remove the index that names it");
      assertThatThrownBy(() -> store.remove(List.of(index, StoreFixture.layer(9))))
          .hasMessageContaining("thaw index ls");
      assertThat(store.artifacts()).hasSize(2);
      assertThat(files()).hasSize(3);
    }
  }

  @Test
  void storesNothingIfBytesDifferFromTheirDigestOrAreMissing() throws IOException {
    StoreFixture.Made made = StoreFixture.index("app:1", 1);
    try (ArtifactStore store = open()) {
      Map<Digest, BlobContent> wrong = new LinkedHashMap<>(made.blobs());
      wrong.put(StoreFixture.ztocDigest(1), BlobContent.of(StoreFixture.ztoc(2)));
      assertThatThrownBy(() -> store.add(made.index(), StoreFixture.facts("a"), wrong))
          .hasMessageContaining("have the digest");
      assertThatThrownBy(() -> store.add(made.index(), StoreFixture.facts("a"), Map.of()))
          .hasMessageContaining("was not given with it");
      assertThat(store.artifacts()).isEmpty();
    }
    try (var left = Files.list(dir.resolve("store/content"))) {
      assertThat(left.map(Path::getFileName)).extracting(Path::toString).containsExactly("blobs");
    }
  }

  @Test
  void isPrivate() throws IOException {
    try (ArtifactStore store = open()) {
      StoreFixture.add(store, "app:1", 1);
    }
    try (var all = Files.walk(dir.resolve("store"))) {
      for (Path path : all.toList()) {
        String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
        assertThat(mode).as(path.toString()).endsWith("------");
      }
    }
  }

  @Test
  void namesTheRemedyForADamagedDatabase() throws IOException {
    try (ArtifactStore store = open()) {
      StoreFixture.add(store, "app:1", 1);
    }
    damage();
    assertThatThrownBy(this::open)
        .isInstanceOf(DamagedStoreException.class)
        .hasMessageContaining("thaw rebuild-db");
  }

  @Test
  void rebuildsADamagedDatabaseFromTheContent() throws IOException {
    StoredArtifact.Index stored;
    try (ArtifactStore store = open()) {
      stored = StoreFixture.add(store, "app:1", 1, 2);
    }
    damage();
    ArtifactStore.Rebuilt rebuilt = ArtifactStore.rebuild(dir.resolve("store"));
    assertThat(rebuilt).isEqualTo(new ArtifactStore.Rebuilt(1, 2, 0, List.of()));
    try (ArtifactStore store = open()) {
      StoredArtifact.Index found = store.indexes().getFirst();
      assertThat(found.descriptor()).isEqualTo(stored.descriptor());
      assertThat(found.manifest()).isEqualTo(stored.manifest());
      assertThat(found.ztocs()).isEqualTo(stored.ztocs());
      assertThat(found.names()).isEmpty();
    }
    assertThat(dir.resolve("store/artifacts.sqlite.damaged")).exists();
  }

  @Test
  void rebuildingKeepsWhatTheDatabaseStillKnows() throws IOException {
    StoredArtifact.Index stored;
    try (ArtifactStore store = open()) {
      stored = StoreFixture.add(store, "app:1", 1, 2);
    }
    ArtifactStore.rebuild(dir.resolve("store"));
    try (ArtifactStore store = open()) {
      assertThat(store.indexes()).containsExactly(stored);
    }
  }

  @Test
  void rebuildingLeavesOutWhatIsIncompleteAndSaysSo() throws IOException {
    try (ArtifactStore store = open()) {
      StoreFixture.add(store, "app:1", 1, 2);
      StoreFixture.add(store, "app:2", 3);
      Files.delete(store.file(StoreFixture.ztocDigest(2)));
    }
    ArtifactStore.Rebuilt rebuilt = ArtifactStore.rebuild(dir.resolve("store"));
    assertThat(rebuilt.indexes()).isEqualTo(1);
    assertThat(rebuilt.problems())
        .singleElement()
        .asString()
        .contains(StoreFixture.ztocDigest(2).toString());
  }

  @Test
  void noticesADamagedFile() throws IOException {
    try (ArtifactStore store = open()) {
      StoreFixture.add(store, "app:1", 1);
      Path file = store.file(StoreFixture.ztocDigest(1));
      byte[] bytes = Files.readAllBytes(file);
      bytes[77] ^= 1;
      Files.write(file, bytes);
      assertThatThrownBy(() -> store.file(StoreFixture.ztocDigest(1)))
          .hasMessageContaining("is damaged");
    }
  }

  @Test
  void manyMayStoreAndRemoveAtOnce() throws Exception {
    Callable<Boolean> work =
        () -> {
          // Each with a connection of its own, as other processes have.
          try (ArtifactStore store = open()) {
            String image = "image-of-" + Thread.currentThread().threadId();
            for (int round = 0; round < 20; round++) {
              Digest index = StoreFixture.add(store, image, 1, 2).descriptor().digest();
              assertThat(store.index(index).ztocs()).hasSize(2);
              store.remove(List.of(index));
            }
            StoreFixture.add(store, image, 1, 2);
          }
          return true;
        };
    try (var executor = Executors.newFixedThreadPool(4)) {
      for (Future<Boolean> done : executor.invokeAll(List.of(work, work, work, work))) {
        assertThat(done.get()).isTrue();
      }
    }
    try (ArtifactStore store = open()) {
      assertThat(store.indexes()).hasSize(4);
      for (StoredArtifact artifact : store.artifacts()) {
        assertThat(store.file(artifact.descriptor().digest())).isRegularFile();
      }
    }
  }

  @Test
  void aKilledWriterLeavesOnlyWholeIndexes() throws Exception {
    Process writer =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                StoreFixture.Endless.class.getName(),
                dir.resolve("store").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var lines = writer.inputReader()) {
      for (int i = 0; i < 5; i++) {
        assertThat(lines.readLine()).isNotNull();
      }
      writer.destroyForcibly().waitFor();
    }
    try (ArtifactStore store = open()) {
      assertThat(store.indexes()).hasSizeGreaterThanOrEqualTo(5);
      for (StoredArtifact artifact : store.artifacts()) {
        assertThat(store.file(artifact.descriptor().digest())).isRegularFile();
      }
      StoreFixture.add(store, "after", 0, 1);
    }
  }

  private ArtifactStore open() throws IOException {
    return ArtifactStore.open(dir.resolve("store"));
  }

  private void damage() throws IOException {
    Files.writeString(dir.resolve("store/artifacts.sqlite"), "this is no database ".repeat(500));
  }

  private List<String> files() throws IOException {
    try (var files = Files.walk(dir.resolve("store/content/blobs"))) {
      return files.filter(Files::isRegularFile).map(f -> f.getFileName().toString()).toList();
    }
  }
}
