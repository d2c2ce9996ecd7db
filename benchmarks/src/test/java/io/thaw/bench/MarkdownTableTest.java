package io.thaw.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class MarkdownTableTest {

  @Test
  void alignsTheFirstColumnLeftAndTheOthersRight() {
    String text = new MarkdownTable("what", "MB/s").row("ours", "7").row("theirs", "12345").text();
    assertThat(text)
        .isEqualTo(
            """
            | what   |  MB/s |
            |:-------|------:|
            | ours   |     7 |
            | theirs | 12345 |
            """);
  }

  @Test
  void givesThreeSignificantDigits() {
    assertThat(MarkdownTable.number(0.1234)).isEqualTo("0.12");
    assertThat(MarkdownTable.number(12.34)).isEqualTo("12.3");
    assertThat(MarkdownTable.number(12345.6)).isEqualTo("12,346");
    assertThat(MarkdownTable.times(1.666)).isEqualTo("1.67×");
  }

  @Test
  void refusesARowThatDoesNotFit() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new MarkdownTable("a", "b").row("1"))
        .withMessageContaining("2 headings");
  }
}
