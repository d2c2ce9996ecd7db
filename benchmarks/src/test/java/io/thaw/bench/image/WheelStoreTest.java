package io.thaw.bench.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WheelStoreTest {
  private static final Wheel NUMPY = Wheel.parse("numpy==2.4.1");

  @TempDir Path directory;
  private Path dir;
  private final List<String> asked = new ArrayList<>();
  private final List<String> told = new ArrayList<>();

  @BeforeEach
  void make() {
    dir = directory.resolve("wheels");
  }

  /// An index that has these files, by the requirement each is the answer to.
  private WheelStore store(Map<String, String> files) {
    return new WheelStore(
        dir,
        told::add,
        (into, requirement) -> {
          asked.add(requirement);
          String file =
              Optional.ofNullable(files.get(requirement))
                  .orElseThrow(() -> new IOException("no " + requirement));
          Files.createFile(into.resolve(file));
        });
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  @Test
  void whatIsHereIsNotFetched() throws IOException {
    Files.createDirectories(dir);
    Files.createFile(dir.resolve("numpy-2.4.1-cp311-cp311-manylinux_2_27_x86_64.whl"));

    assertThat(name(store(Map.of()).get(NUMPY))).startsWith("numpy-2.4.1-");

    assertThat(asked).isEmpty();
    assertThat(told).isEmpty();
  }

  @Test
  void namesOfFilesAreComparedAsPackageIndexesDo() throws IOException {
    Files.createDirectories(dir);
    Files.createFile(dir.resolve("Typing_Extensions-4.16.0-py3-none-any.whl"));

    assertThat(store(Map.of()).get(Wheel.parse("typing-extensions==4.16.0"))).exists();
    assertThat(asked).isEmpty();
  }

  @Test
  void aLongerVersionOrNameIsAnotherWheel() throws IOException {
    Files.createDirectories(dir);
    Files.createFile(dir.resolve("numpy-2.4.10-cp311-cp311-linux_x86_64.whl"));
    Files.createFile(dir.resolve("numpy_financial-2.4.1-py3-none-any.whl"));
    Files.createFile(dir.resolve("numpy-2.4.1-cp311.tar.gz"));

    String made = "numpy-2.4.1-cp311-cp311-linux_x86_64.whl";
    assertThat(name(store(Map.of("numpy==2.4.1", made)).get(NUMPY))).isEqualTo(made);
    assertThat(asked).containsExactly("numpy==2.4.1");
  }

  @Test
  void theNearestVersionStandsInAndIsNamed() throws IOException {
    WheelStore store = store(Map.of("numpy==2.4.*", "numpy-2.4.3-py3-none-any.whl"));

    assertThat(name(store.get(NUMPY))).isEqualTo("numpy-2.4.3-py3-none-any.whl");

    assertThat(asked).containsExactly("numpy==2.4.1", "numpy==2.4.*");
    assertThat(told.getLast())
        .isEqualTo("numpy==2.4.1 is not to be had; using numpy-2.4.3-py3-none-any.whl");
  }

  @Test
  void whatIsNowhereIsAnErrorWithItsFirstReason() {
    assertThatThrownBy(() -> store(Map.of()).get(NUMPY))
        .hasMessageContaining("numpy==2.4.1")
        .hasMessageContaining(dir.toString())
        .cause()
        .hasMessage("no numpy==2.4.1");
    assertThat(asked).containsExactlyElementsOf(WheelStore.requirements(NUMPY));
  }

  @Test
  void aLocalVersionIsWishedForFirstAndThenItsRelease() {
    assertThat(WheelStore.requirements(Wheel.parse("torch==2.13.0+cpu")))
        .containsExactly(
            "torch==2.13.0+cpu", "torch==2.13.0", "torch==2.13.*", "torch==2.*", "torch");
    assertThat(WheelStore.requirements(Wheel.parse("filelock==4")))
        .containsExactly("filelock==4", "filelock==4.*", "filelock");
  }
}
