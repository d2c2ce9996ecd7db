package io.thaw.daemon.profile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.index.start.StartProfile;
import io.thaw.index.start.StartProfile.LayerRef;
import io.thaw.index.start.StartProfile.Step;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfileStoreTest {
  @TempDir Path directory;
  private ProfileStore store;

  @BeforeEach
  void open() throws IOException {
    store = ProfileStore.open(directory.resolve("profiles"), 3);
  }

  private static Digest digest(String text) {
    return Digest.sha256(text.getBytes(UTF_8));
  }

  private static StartProfile profile(String image, int... spans) {
    List<Step> steps = new ArrayList<>();
    for (int span : spans) {
      steps.add(new Step(0, span, 1000, steps.size(), 1));
    }
    return new StartProfile(
        digest(image),
        image,
        Instant.EPOCH,
        List.of(new LayerRef(digest("layer"), digest("ztoc"), 100_000, 1)),
        steps);
  }

  private Path onlyFile() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("profiles"))) {
      return files.toList().getFirst();
    }
  }

  @Test
  void remembersOverARestart() throws IOException {
    store.record(profile("app:1", 4, 2));
    ProfileStore next = ProfileStore.open(directory.resolve("profiles"), 3);
    StoredProfile found = next.find(digest("app:1")).orElseThrow();
    assertThat(found.profile()).isEqualTo(profile("app:1", 4, 2));
    assertThat(found.origin()).isEqualTo(StoredProfile.Origin.RECORDED);
    assertThat(next.find(digest("app:2"))).isEmpty();
  }

  @Test
  void mergesASecondRecording() throws IOException {
    store.record(profile("app:1", 1, 2));
    StoredProfile both = store.record(profile("app:1", 2, 3));
    assertThat(both.profile().layers().getFirst().recordings()).isEqualTo(2);
    assertThat(both.profile().wanted()).extracting(Step::span).containsExactly(1, 2, 3);
  }

  @Test
  void leavesOutAFileOfWhichAnyByteIsWrong() throws IOException {
    store.record(profile("app:1", 1, 2));
    Path file = onlyFile();
    byte[] right = Files.readAllBytes(file);
    for (int at = 0; at < right.length; at += 7) {
      byte[] wrong = right.clone();
      wrong[at] ^= 1;
      Files.write(file, wrong);
      // The word that says whether the image was pulled may be any other word.
      boolean word = new String(wrong, UTF_8).matches("(?s)\\S+ 1 recorded \\S+ sha256:.*");
      assertThat(store.find(digest("app:1")).isPresent() && !word).as("byte %d", at).isFalse();
    }
    Files.write(file, new byte[0]);
    assertThat(store.find(digest("app:1"))).isEmpty();
    assertThat(store.list()).isEmpty();
    Files.write(file, right);
    assertThat(store.find(digest("app:1"))).isPresent();
  }

  @Test
  void recordsAnewWhereAFileIsDamaged() throws IOException {
    store.record(profile("app:1", 1, 2));
    Files.writeString(onlyFile(), "nonsense");
    assertThat(store.record(profile("app:1", 5)).profile()).isEqualTo(profile("app:1", 5));
  }

  @Test
  void doesNotTakeTheProfileOfAnotherImage() throws IOException {
    store.record(profile("app:1", 1));
    Path file = onlyFile();
    Files.move(file, file.resolveSibling("sha256-" + digest("app:2").hex() + ".profile"));
    assertThat(store.find(digest("app:2"))).isEmpty();
  }

  @Test
  void forgetsProfilesWithTheirImagesButWaitsForThoseToCome() throws IOException {
    store.record(profile("here"));
    store.record(profile("gone"));
    store.importProfile(profile("coming"));
    assertThat(store.retain(p -> p.image().equals("here"))).isEqualTo(1);
    assertThat(store.find(digest("gone"))).isEmpty();
    assertThat(store.find(digest("coming")).orElseThrow().awaitsImage()).isTrue();

    assertThat(store.retain(_ -> true)).isZero();
    assertThat(store.find(digest("coming")).orElseThrow().awaitsImage()).isFalse();
    assertThat(store.retain(_ -> false)).isEqualTo(2);
    assertThat(store.list()).isEmpty();
  }

  @Test
  void keepsAsManyAsItMayAndThoseChangedLast() throws IOException {
    for (int i = 0; i < 5; i++) {
      store.record(profile("app:" + i, i));
      try (Stream<Path> files = Files.list(directory.resolve("profiles"))) {
        Instant older = Instant.EPOCH.plusSeconds(i);
        for (Path file : files.toList()) {
          if (file.toString().contains(digest("app:" + i).hex())) {
            Files.setLastModifiedTime(file, FileTime.from(older));
          }
        }
      }
    }
    assertThat(store.list())
        .extracting(stored -> stored.profile().image())
        .containsExactlyInAnyOrder("app:2", "app:3", "app:4");
  }

  @Test
  void removesWhatACrashLeft() throws IOException {
    Path leftover = directory.resolve("profiles/sha256-x.profile.tmp");
    Files.writeString(leftover, "half");
    var _ = ProfileStore.open(directory.resolve("profiles"), 3);
    assertThat(leftover).doesNotExist();
  }
}
