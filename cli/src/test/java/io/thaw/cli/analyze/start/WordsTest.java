package io.thaw.cli.analyze.start;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class WordsTest {
  @Test
  void splitsAsAShellDoes() {
    assertThat(Words.of("python3 -c 'import numpy; print(\"a b\")'"))
        .containsExactly("python3", "-c", "import numpy; print(\"a b\")");
    assertThat(Words.of("  a\\ b \"c \\\" \\n\" '' d'e'f "))
        .containsExactly("a b", "c \" \\n", "", "def");
  }

  @Test
  void refusesOpenQuotesAndNothing() {
    assertThatThrownBy(() -> Words.of("a 'b")).hasMessageContaining("not closed");
    assertThatThrownBy(() -> Words.of("  ")).hasMessageContaining("empty");
  }
}
