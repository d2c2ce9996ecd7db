package io.thaw.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class MediansTest {

  @Test
  void takesTheMiddleOfAnOddNumberOfValuesInAnyOrder() {
    assertThat(Medians.median(List.of(9.0, 1.0, 1000.0))).isEqualTo(9.0);
  }

  @Test
  void takesTheMeanOfTheTwoInTheMiddleOfAnEvenNumber() {
    assertThat(Medians.median(List.of(4.0, 1.0, 100.0, 2.0))).isEqualTo(3.0);
  }

  @Test
  void comparesEachValueWithTheReferenceOfItsRound() {
    List<Double> values = List.of(10.0, 1.0, 30.0);
    List<Double> references = List.of(5.0, 1.0, 10.0);
    assertThat(Medians.medianRatio(values, references)).isEqualTo(2.0);
  }

  @Test
  void refusesToInventFigures() {
    assertThatIllegalArgumentException().isThrownBy(() -> Medians.median(List.of()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Medians.medianRatio(List.of(1.0), List.of()))
        .withMessageContaining("1 values");
  }
}
