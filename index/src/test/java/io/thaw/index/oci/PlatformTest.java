package io.thaw.index.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlatformTest {

  @ParameterizedTest
  @CsvSource({
    "linux/x86_64, linux/amd64",
    "Linux/AMD64/v1, linux/amd64",
    "linux/amd64/v3, linux/amd64/v3",
    "linux/aarch64, linux/arm64",
    "linux/arm64/v8, linux/arm64",
    "linux/arm, linux/arm/v7",
    "linux/arm/6, linux/arm/v6",
    "linux/armel, linux/arm/v6",
    "linux/i386, linux/386",
    "macos/arm64, darwin/arm64",
  })
  void hasOneNamePerMachine(String text, String normal) {
    assertThat(Platform.parse(text)).hasToString(normal);
  }

  @ParameterizedTest
  @ValueSource(strings = {"linux", "", "/", "linux/", "/amd64", "a/b/c/d", "linux//v7"})
  void refusesWhatIsNoPlatform(String text) {
    assertThatThrownBy(() -> Platform.parse(text)).hasMessageContaining("os/architecture");
  }

  @Test
  void matchesByMachineAndVariant() {
    assertThat(Platform.parse("linux/arm64/v8").matches(Platform.of("linux", "aarch64"))).isTrue();
    assertThat(Platform.parse("linux/arm/v6").matches(Platform.of("linux", "arm"))).isFalse();
    assertThat(Platform.host().matches(Platform.host())).isTrue();
  }
}
