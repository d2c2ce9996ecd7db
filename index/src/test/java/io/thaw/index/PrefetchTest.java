package io.thaw.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.index.PrefetchArtifact.SpanRange;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrefetchTest {

  @Test
  void readsAndWritesTheArtifactSociWrote() throws IOException {
    byte[] golden = Golden.document(Golden.PREFETCH);
    PrefetchArtifact artifact = PrefetchArtifact.read(golden);
    assertThat(artifact.ranges()).containsExactly(new SpanRange(0, 2, 0));
    assertThat(artifact.toJson()).isEqualTo(golden);
  }

  @Test
  void keepsPriorities() throws IOException {
    String json =
        "{\"version\":\"1.0\",\"prefetch_spans\":[{\"start_span\":3,\"end_span\":3,\"priority\":-2}]}";
    assertThat(new String(PrefetchArtifact.read(json.getBytes(UTF_8)).toJson(), UTF_8))
        .isEqualTo(json);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "1.0 | 2.0 | $.version",
        "\"start_span\":0 | \"start_span\":-1 | $.prefetch_spans[0].start_span",
        "\"start_span\":0 | \"start_span\":3 | $.prefetch_spans[0].end_span",
        "\"end_span\":2 | \"end_span\":4294967296 | $.prefetch_spans[0].end_span",
        "\"end_span\":2 | \"end\":2 | $.prefetch_spans[0].end_span",
      })
  void namesThePlaceThatIsWrong(String from, String to, String path) throws IOException {
    String json = new String(Golden.document(Golden.PREFETCH), UTF_8).replace(from, to);
    assertThatThrownBy(() -> PrefetchArtifact.read(json.getBytes(UTF_8)))
        .hasMessageStartingWith(path + " is ");
  }

  @Test
  void joinsRangesThatOverlapOrTouch() {
    assertThat(
            Prefetch.merge(
                List.of(
                    new SpanRange(7, 9, 0),
                    new SpanRange(1, 2, 0),
                    new SpanRange(0, 0, 0),
                    new SpanRange(8, 8, 0),
                    new SpanRange(4, 5, 0))))
        .containsExactly(new SpanRange(0, 2, 0), new SpanRange(4, 5, 0), new SpanRange(7, 9, 0));
  }

  @Test
  void comparesPathsWithoutTheirDecoration() {
    assertThat(Prefetch.clean("/usr//bin/./python3")).isEqualTo("usr/bin/python3");
    assertThat(Prefetch.clean("./a/../b/")).isEqualTo("b");
    assertThat(Prefetch.clean("../../etc/passwd")).isEqualTo("etc/passwd");
    assertThat(Prefetch.clean("/")).isEmpty();
  }
}
