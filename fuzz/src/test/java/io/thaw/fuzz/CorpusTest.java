package io.thaw.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The checked-in inputs of every target, once each: seeds, and what was found and fixed.
class CorpusTest {
  private static final Path CORPUS = Path.of("corpus");

  @ParameterizedTest
  @EnumSource(FuzzTarget.class)
  void everyInputOfTheCorpusPasses(FuzzTarget target) throws IOException {
    List<Path> inputs;
    try (Stream<Path> files = Files.list(CORPUS.resolve(target.label()))) {
      inputs = files.sorted().toList();
    }
    assertThat(inputs).hasSizeGreaterThan(2);
    for (Path input : inputs) {
      byte[] bytes = Files.readAllBytes(input);
      assertThat(bytes.length).isLessThanOrEqualTo(FuzzTarget.MAX_INPUT_BYTES);
      assertThatCode(() -> target.run(bytes)).as(input.toString()).doesNotThrowAnyException();
    }
  }
}
