package io.thaw.daemon.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.daemon.snapshot.SnapshotException.Code;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdMappingTest {
  private static final String USUAL = "0:100000:65536";

  @Test
  void labelsOfOneRangeEachAreRead() throws SnapshotException {
    IdMapping mapping = mapping("0:100000:65536", "0:200000:65536");

    assertThat(mapping.root()).isEqualTo(new Owner(100_000, 200_000));
    assertThat(mapping.mountOptions())
        .containsExactly("uidmap=0:100000:65536", "gidmap=0:200000:65536");
  }

  @Test
  void theRootIsFoundInWhicheverRangeHasIt() throws SnapshotException {
    assertThat(mapping("1:100000:65535,0:1000:1", USUAL).root().uid()).isEqualTo(1000);
  }

  @Test
  void withoutLabelsNothingIsMapped() throws SnapshotException {
    assertThat(IdMapping.of(Map.of("other", "label"))).isEmpty();
  }

  @Test
  void usersWithoutGroupsAreRefused() {
    assertRefused(Map.of(Labels.UID_MAPPING, USUAL), Labels.GID_MAPPING + " is missing");
    assertRefused(Map.of(Labels.GID_MAPPING, USUAL), Labels.UID_MAPPING + " is missing");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "0:1",
        "0:1:2:3",
        "0:-1:5",
        "a:b:c",
        "0:0:0",
        " 0:1:2",
        "0:1:2,",
        "0:4294967295:1",
        "0:1:4294967295",
        "99999999999:0:1",
        "0:1:2;0:1:2"
      })
  void whatIsNoMappingIsRefused(String text) {
    assertRefused(Map.of(Labels.UID_MAPPING, text, Labels.GID_MAPPING, USUAL), "uidmapping");
    assertRefused(Map.of(Labels.UID_MAPPING, USUAL, Labels.GID_MAPPING, text), "gidmapping");
  }

  @Test
  void aMappingWithoutTheContainersRootIsRefused() {
    assertRefused(Map.of(Labels.UID_MAPPING, "1:100000:65535", Labels.GID_MAPPING, USUAL), "id 0");
  }

  @Test
  void moreRangesThanTheKernelTakesAreRefused() {
    String many = String.join(",", java.util.Collections.nCopies(341, USUAL));
    assertRefused(Map.of(Labels.UID_MAPPING, many, Labels.GID_MAPPING, USUAL), "340");
  }

  @Test
  void aCopyThatContainerdChangedIsNotMappedAgain() throws SnapshotException {
    IdMapping mapping = mapping(USUAL, USUAL);

    assertThat(mapping.isAppliedTo(new Owner(0, 0))).isFalse();
    assertThat(mapping.isAppliedTo(new Owner(1000, 1000))).isFalse();
    assertThat(mapping.isAppliedTo(new Owner(100_000, 100_000))).isTrue();
    assertThat(mapping.isAppliedTo(new Owner(101_000, 101_000))).isTrue();
    assertThat(mapping.isAppliedTo(new Owner(200_000, 200_000))).isFalse();
  }

  @Test
  void onlyLowerDirectoriesAreMapped() throws SnapshotException {
    Optional<IdMapping> mapping = Optional.of(mapping(USUAL, USUAL));

    assertThat(options(Kind.ACTIVE, List.of(), mapping)).containsExactly("rw", "rbind");
    assertThat(options(Kind.ACTIVE, List.of(Path.of("/l")), mapping))
        .containsExactly(
            "uidmap=" + USUAL, "gidmap=" + USUAL, "workdir=/w", "upperdir=/o", "lowerdir=/l");
    assertThat(options(Kind.VIEW, List.of(Path.of("/l")), mapping))
        .containsExactly("uidmap=" + USUAL, "gidmap=" + USUAL, "lowerdir=/l:/o");
  }

  /// containerd puts `context="…"` of the container at the end of whatever we answer; options of
  /// our own would contradict it.
  @Test
  void labelsOfSelinuxAreLeftToContainerd() throws SnapshotException {
    assertThat(options(Kind.ACTIVE, List.of(Path.of("/l")), Optional.empty()))
        .noneMatch(option -> option.contains("context="));
  }

  private static List<String> options(Kind kind, List<Path> lower, Optional<IdMapping> mapping) {
    return new OverlayMounts(List.of())
        .of(new OverlayMounts.Stack(kind, Path.of("/o"), Path.of("/w"), lower, mapping))
        .getFirst()
        .options();
  }

  private static IdMapping mapping(String uids, String gids) throws SnapshotException {
    return IdMapping.of(Map.of(Labels.UID_MAPPING, uids, Labels.GID_MAPPING, gids)).orElseThrow();
  }

  private static void assertRefused(Map<String, String> labels, String message) {
    assertThatThrownBy(() -> IdMapping.of(labels))
        .isInstanceOfSatisfying(
            SnapshotException.class, e -> assertThat(e.code()).isEqualTo(Code.INVALID_ARGUMENT))
        .hasMessageContaining(message);
  }
}
