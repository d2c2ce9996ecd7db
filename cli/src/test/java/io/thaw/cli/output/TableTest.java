package io.thaw.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class TableTest {

  @Test
  void alignsColumnsAsOtherToolsOfTheFieldDo() {
    StringWriter text = new StringWriter();
    new Table("DIGEST", "SIZE", "REF")
        .row("sha256:0123", 7, "")
        .row("a", 123456, "app:1")
        .print(new PrintWriter(text, true));
    assertThat(text.toString())
        .isEqualTo(
            """
            DIGEST         SIZE      REF
            sha256:0123    7
            a              123456    app:1
            """);
  }

  @Test
  void neverLetsACellControlTheTerminal() {
    assertThat(Table.printable("a\u001b[Hb\n")).isEqualTo("a\\x1b[Hb\\x0a");
  }

  @Test
  void indentsJson() {
    assertThat(JsonText.indented("{\"a\":[1,{\"b\":\"x,{\\\"\"}],\"c\":{},\"d\":[]}"))
        .isEqualTo(
            """
            {
              "a": [
                1,
                {
                  "b": "x,{\\\""
                }
              ],
              "c": {},
              "d": []
            }""");
  }
}
