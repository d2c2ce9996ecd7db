package io.thaw.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReferrersTest extends RegistryTest {

  private static final String INDEX = "application/vnd.oci.image.index.v1+json";
  private static final String SOCI = "application/vnd.amazon.soci.index.v1+json";
  private static final Digest SUBJECT = Digest.sha256(new byte[] {9});

  private static byte[] index(String... types) {
    StringBuilder json = new StringBuilder("{\"schemaVersion\":2,\"manifests\":[");
    for (int i = 0; i < types.length; i++) {
      json.append(i == 0 ? "" : ",")
          .append("{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"")
          .append(Digest.sha256((types[i] + i).getBytes(UTF_8)))
          .append("\",\"size\":12,\"artifactType\":\"")
          .append(types[i])
          .append("\",\"annotations\":{\"n\":\"")
          .append(i)
          .append("\"}}");
    }
    return json.append("]}").toString().getBytes(UTF_8);
  }

  private List<Referrer> list(String artifactType) throws IOException {
    return client().referrers(registry.repository(), SUBJECT, artifactType);
  }

  @Test
  void listsByTheApiAndFiltersEvenWhenTheRegistryDoesNot() throws IOException {
    registry.referrersApi = true;
    registry.referrerPages.put("1", FakeRegistry.Stored.of(INDEX, index("x/sig", SOCI)));
    List<Referrer> found = list(SOCI);
    assertThat(found).extracting(Referrer::artifactType).containsExactly(SOCI);
    assertThat(found.getFirst().annotations()).containsEntry("n", "1");
    assertThat(found.getFirst().descriptor().sizeBytes()).isEqualTo(12);
    assertThat(list(null)).hasSize(2);
    assertThat(registry.server.requests().getFirst().query())
        .isEqualTo("artifactType=application%2Fvnd.amazon.soci.index.v1%2Bjson");
  }

  @Test
  void followsPages() throws IOException {
    registry.referrersApi = true;
    for (int page = 1; page <= 3; page++) {
      registry.referrerPages.put(
          String.valueOf(page), FakeRegistry.Stored.of(INDEX, index(SOCI, "x/" + page)));
    }
    assertThat(list(null)).hasSize(6);
    assertThat(registry.server.requests()).hasSize(3);
  }

  @Test
  void collectsNoMoreThanTheLimit() {
    registry.referrersApi = true;
    registry.referrerPages.put("1", FakeRegistry.Stored.of(INDEX, index("a", "b", "c")));
    config = config.withLimits(new RegistryConfig.Limits(4, 5, 1 << 20, 0, 2));
    RegistryException e = failure(() -> list(null));
    assertThat(e).hasMessageContaining("limit of 2");
  }

  @Test
  void aRegistryWithoutTheApiIsAskedForTheFallbackTag() throws IOException {
    registry.addManifest("sha256-" + SUBJECT.hex(), INDEX, index("x/sig", SOCI));
    assertThat(list(SOCI)).hasSize(1);
  }

  @Test
  void anAnswerThatIsNoIndexCountsAsNoApi() throws IOException {
    registry.referrersApi = true;
    registry.referrerPages.put("1", FakeRegistry.Stored.of("text/html", new byte[] {'<'}));
    registry.addManifest("sha256-" + SUBJECT.hex(), INDEX, index(SOCI));
    assertThat(list(SOCI)).hasSize(1);
  }

  @Test
  void neitherApiNorTagMeansNoReferrers() throws IOException {
    assertThat(list(SOCI)).isEmpty();
    assertThat(waits.waits).isEmpty();
  }

  @Test
  void aListThatIsBrokenIsMalformed() {
    registry.referrersApi = true;
    for (String broken :
        new String[] {
          "{",
          "{\"manifests\":3}",
          "{\"manifests\":[{}]}",
          "{\"manifests\":[{\"mediaType\":\"a\",\"digest\":\"sha256:1\",\"size\":1}]}"
        }) {
      registry.referrerPages.put("1", FakeRegistry.Stored.of(INDEX, broken.getBytes(UTF_8)));
      assertThat(failure(() -> list(null)).kind()).isEqualTo(RegistryException.Kind.MALFORMED);
    }
  }
}
