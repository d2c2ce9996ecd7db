package io.thaw.index.oci;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GoJsonTest {

  @Test
  void escapesAsGoDoes() {
    assertThat(
            new GoJson()
                .open()
                .string("a", "<&>\"\\/\b\f\n\r\t\u0001\u007f\u2028\u2029é名😀\ud800")
                .close())
        .hasToString(
            "{\"a\":\"\\u003c\\u0026\\u003e\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\u007f\\u2028\\u2029é名😀"
                + "\\ufffd\"}");
  }

  @Test
  void leavesOutWhatIsEmpty() {
    assertThat(
            new GoJson()
                .open()
                .optional("a", Optional.empty())
                .optional("b", Optional.of(""))
                .strings("c", List.of())
                .map("d", Map.of())
                .number("e", 0)
                .openList("f")
                .closeList()
                .close())
        .hasToString("{\"e\":0,\"f\":[]}");
  }

  @Test
  void sortsKeysByTheirBytes() {
    assertThat(
            new GoJson()
                .open()
                .map("m", Map.of("b", "1", "a", "2", "\ufb00", "3", "\ud83d\ude00", "4"))
                .close())
        .hasToString("{\"m\":{\"a\":\"2\",\"b\":\"1\",\"\ufb00\":\"3\",\"\ud83d\ude00\":\"4\"}}");
  }
}
