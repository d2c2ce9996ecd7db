package io.thaw.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChallengeTest {

  @Test
  void readsQuotedValuesWithCommasAndEscapes() {
    assertThat(
            Challenge.parse(
                List.of(
                    "Bearer realm=\"https://a/t?x=1,2\", service=\"the \\\"one\\\"\",scope=\"repository:a/b:pull,push\"")))
        .containsExactly(
            new Challenge(
                "bearer",
                Map.of(
                    "realm", "https://a/t?x=1,2",
                    "service", "the \"one\"",
                    "scope", "repository:a/b:pull,push")));
  }

  @Test
  void readsSeveralChallengesOfOneHeaderAndOfSeveral() {
    assertThat(
            Challenge.parse(
                List.of("Negotiate, Basic realm=x , Bearer realm = \"y\"", "DPoP algs=\"ES256\"")))
        .extracting(Challenge::scheme)
        .containsExactly("negotiate", "basic", "bearer", "dpop");
  }

  @Test
  void survivesAnyGarbage() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    String alphabet = "ab=\",\\ \tBearer";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(30); n > 0; n--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      assertThat(Challenge.parse(List.of(text.toString()))).as("seed " + seed).isNotNull();
    }
    assertThat(Challenge.parse(List.of("Bearer realm=\"open"))).hasSize(1);
    assertThat(Challenge.parse(List.of("x".repeat(20_000)))).isEmpty();
  }
}
