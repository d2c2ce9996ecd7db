package io.thaw.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.registry.hosts.Capability;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReferenceTest {

  private static final String HEX = "ab".repeat(32);

  @ParameterizedTest
  @CsvSource({
    "alpine,docker.io,library/alpine,latest",
    "alpine:3.20,docker.io,library/alpine,3.20",
    "grafana/loki,docker.io,grafana/loki,latest",
    "docker.io/alpine,docker.io,library/alpine,latest",
    "index.docker.io/library/alpine:edge,docker.io,library/alpine,edge",
    "docker.io/a/b,docker.io,a/b,latest",
    "localhost/app,localhost,app,latest",
    "localhost:5000/app:v1,localhost:5000,app,v1",
    "registry.example.com/a/b__c/d-e.f:1,registry.example.com,a/b__c/d-e.f,1",
    "host:5000/app,host:5000,app,latest",
    "[::1]:5000/app:t,[::1]:5000,app,t",
    "Registry/app,Registry,app,latest",
    "127.0.0.1:5000/a,127.0.0.1:5000,a,latest",
  })
  void readsNamesByDockersRules(String text, String host, String path, String tag) {
    Reference reference = Reference.parse(text);
    assertThat(reference.repository()).isEqualTo(new Repository(host, path));
    assertThat(reference.tag()).isEqualTo(tag);
    assertThat(reference.digest()).isNull();
  }

  @Test
  void keepsTagAndDigestAndPullsByDigest() {
    Reference reference = Reference.parse("r.io/a:v1@sha256:" + HEX);
    assertThat(reference.tag()).isEqualTo("v1");
    assertThat(reference.identifier()).isEqualTo("sha256:" + HEX);
    assertThat(reference).hasToString("r.io/a:v1@sha256:" + HEX);
    assertThat(Reference.parse("r.io/a@sha256:" + HEX).tag()).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "https://r.io/a",
        "r.io/",
        "r.io/A",
        "alpine:",
        "alpine:-x",
        "a//b",
        "a/../b",
        "r.io:99999/a",
        "r.io:/a",
        "a@sha256:12",
        "a@md5:00",
        "user@r.io/a",
        "a b",
        "r.io/a?x=1",
        "r.io\\evil/a",
        "my_registry:5000/a",
        "1.2.3.999x/a",
        "abababababababababababababababababababababababababababababababab"
      })
  void refusesWhatIsNoReference(String text) {
    assertThatThrownBy(() -> Reference.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("invalid image reference");
  }

  @Test
  void refusesNamesBeyondTheBounds() {
    assertThatThrownBy(() -> Reference.parse("r.io/" + "a".repeat(300)))
        .hasMessageContaining("255");
    assertThatThrownBy(() -> Reference.parse("a:" + "b".repeat(129))).hasMessageContaining("128");
    assertThatThrownBy(() -> Reference.parse("a".repeat(5000))).hasMessageContaining("characters");
  }

  @Test
  void digestsAreCheckedToTheLastDigit() {
    assertThat(Digest.parse("sha256:" + HEX).raw()).hasSize(32);
    assertThat(Digest.parse("sha512:" + HEX + HEX)).hasToString("sha512:" + HEX + HEX);
    assertThatThrownBy(() -> Digest.parse("sha256:" + HEX.toUpperCase(java.util.Locale.ROOT)))
        .hasMessageContaining("position 0");
    assertThatThrownBy(() -> Digest.parse("sha256:" + HEX + "a")).hasMessageContaining("65");
    assertThatThrownBy(() -> Digest.parse("sha256")).hasMessageContaining("sha256:<64");
    assertThatThrownBy(() -> Digest.parse("sha384:" + HEX)).hasMessageContaining("algorithm");
    assertThat(Digest.sha256(new byte[0]).hex())
        .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  }

  @Test
  void dockerHubIsReachedAtItsApiHostAndOnlyLocalHostsArePlain() throws Exception {
    Hosts hosts = new Hosts(RegistryConfig.defaults());
    assertThat(api(hosts, "alpine")).isEqualTo("https://registry-1.docker.io/v2/library/alpine/x");
    assertThat(api(hosts, "localhost:5000/a")).startsWith("http://");
    assertThat(api(hosts, "127.9.9.9/a")).startsWith("http://");
    assertThat(api(hosts, "[::1]:80/a")).startsWith("http://");
    assertThat(api(hosts, "10.0.0.1:5000/a")).startsWith("https://");
    assertThat(api(hosts, "localhost.example.com/a")).startsWith("https://");
    assertThat(api(hosts, "127.0.0.1.example.com/a")).startsWith("https://");
  }

  @Test
  void listedHostsArePlainWithOrWithoutPort() throws Exception {
    var plain = java.util.Set.of("10.0.0.1:5000", "cache.lan");
    Hosts hosts = new Hosts(RegistryConfig.defaults().withPlainHttpHosts(plain));
    assertThat(api(hosts, "10.0.0.1:5000/a")).startsWith("http://");
    assertThat(api(hosts, "10.0.0.1:5001/a")).startsWith("https://");
    assertThat(api(hosts, "cache.lan:8080/a")).startsWith("http://");
  }

  private static String api(Hosts hosts, String name) throws RegistryException {
    Repository repository = Reference.parseRepository(name);
    return hosts.endpoints(repository, Capability.PULL).getFirst().api(repository, "/x").toString();
  }
}
