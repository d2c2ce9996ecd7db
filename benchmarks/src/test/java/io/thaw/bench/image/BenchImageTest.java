package io.thaw.bench.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.bench.image.BenchImage.WheelLayer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BenchImageTest {

  private static List<Wheel> wheels(BenchImage image) {
    return image.layers().stream().flatMap(layer -> layer.wheels().stream()).toList();
  }

  @ParameterizedTest
  @EnumSource
  void everyLayerHasATitleOfItsOwnAndWheels(BenchImage image) {
    assertThat(image.layers()).extracting(WheelLayer::title).doesNotHaveDuplicates();
    assertThat(image.layers()).noneMatch(layer -> layer.wheels().isEmpty());
  }

  @ParameterizedTest
  @EnumSource
  void aPackageIsInAnImageOnce(BenchImage image) {
    Set<String> seen = new HashSet<>();
    for (Wheel wheel : wheels(image)) {
      assertThat(seen.add(wheel.fileNamePrefix())).as(wheel.toString()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void theTopLayersAreWhatAProgramNeedsToImportTorch(BenchImage image) {
    assertThat(wheels(image))
        .extracting(Wheel::name)
        .contains("torch", "numpy", "sympy", "typing-extensions", "filelock");
  }

  @Test
  void theLargeImageHasAllOfCudaAndTheSmallOneNothingOfIt() {
    assertThat(wheels(BenchImage.MLCUDA))
        .extracting(Wheel::name)
        .contains("nvidia-cublas", "nvidia-cudnn-cu13", "nvidia-nccl-cu13", "triton");
    assertThat(wheels(BenchImage.MLCPU)).noneMatch(wheel -> wheel.name().startsWith("nvidia"));
    // The base and the program are layers, too.
    assertThat(BenchImage.MLCUDA.layers()).hasSize(9 - 2);
    assertThat(BenchImage.MLCPU.layers()).hasSize(4 - 2);
  }

  @Test
  void aWheelIsWrittenAsPipWritesIt() {
    assertThat(Wheel.parse("torch==2.13.0+cpu")).isEqualTo(new Wheel("torch", "2.13.0+cpu"));
    assertThat(Wheel.parse("nvidia-nccl-cu13==2.30.7").fileNamePrefix())
        .isEqualTo("nvidia_nccl_cu13-");
    assertThat(Wheel.parse("A.b_-C==1")).hasToString("A.b_-C==1");
    assertThat(Wheel.parse("A.b_-C==1").fileNamePrefix()).isEqualTo("a_b_c-");
    for (String broken : List.of("", "torch", "==1", "torch=1")) {
      assertThatThrownBy(() -> Wheel.parse(broken))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("NAME==VERSION");
    }
  }
}
