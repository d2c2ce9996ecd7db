package io.thaw.daemon.snapshot.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FilterTest {
  private static final Map<String, String> LABELS =
      Map.of("containerd.io/snapshot.ref", "sha256:ab", "plain", "x y", "a.b", "1");

  private static final Fields SNAPSHOT =
      path ->
          switch (path.getFirst()) {
            case "name" -> Optional.of("default/7/abc");
            case "kind" -> Optional.of("committed");
            case "parent" -> Optional.of("");
            case "labels" ->
                Optional.ofNullable(LABELS.get(String.join(".", path.subList(1, path.size()))));
            default -> Optional.empty();
          };

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "name",
        "name==default/7/abc",
        "kind==committed,name~=abc$",
        "kind != active",
        "labels.plain==\"x y\"",
        "labels.\"containerd.io/snapshot.ref\"==sha256:ab,parent==\"\"",
        "labels.\"containerd.io/snapshot.ref\"~=\"^sha256:\"",
        "labels.a.b==1",
        "labels.\"a.b\"",
        "labels.missing!=x",
        "name~=/default\\/7/",
        "name~=|7/abc|",
        "name==\"default\\x2f7\\u002fabc\"",
        "labels.plain~=\"x\\040y\"",
      })
  void matches(String expression) throws FilterException {
    assertThat(Filter.parse(expression).test(SNAPSHOT)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "name==other",
        "kind==active",
        "kind==committed,name==other",
        "labels.missing",
        "labels.missing==",
        "nonsense",
        "name!=default/7/abc",
        "name~=^abc",
      })
  void doesNotMatch(String expression) throws FilterException {
    try {
      assertThat(Filter.parse(expression).test(SNAPSHOT)).isFalse();
    } catch (FilterException e) {
      assertThat(expression).endsWith("==");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "name=x",
        "name===x",
        "==x",
        "name==",
        "name==x,",
        ",",
        "labels.",
        "labels.\"open",
        "name==\"\\q\"",
        "name==\"\\u12\"",
        "name~=/(/",
        "name==a b",
        "name x",
      })
  void refusesWithPosition(String expression) {
    assertThatThrownBy(() -> Filter.parse(expression))
        .isInstanceOf(FilterException.class)
        .hasMessageContaining("position ");
  }

  @Test
  void anyOfSeveralExpressionsMatches() throws FilterException {
    assertThat(Filter.parseAny(List.of("kind==active", "kind==committed")).test(SNAPSHOT)).isTrue();
    assertThat(Filter.parseAny(List.of("kind==active", "kind==view")).test(SNAPSHOT)).isFalse();
    assertThat(Filter.parseAny(List.of()).test(SNAPSHOT)).isTrue();
  }

  @Test
  void refusesExpressionsWithoutBound() {
    assertThatThrownBy(() -> Filter.parse("n".repeat(Filter.MAX_LENGTH + 1)))
        .hasMessageContaining("longer than");
  }
}
