package io.thaw.registry.hosts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxyRulesTest {

  private static String proxy(Map<String, String> environment, String uri) {
    return ProxyRules.of(environment)
        .proxyFor(URI.create(uri))
        .map(p -> p.host() + ":" + p.port())
        .orElse("none");
  }

  @Test
  void eachSchemeHasItsVariableAndUpperCaseGoesFirst() {
    Map<String, String> environment =
        Map.of("HTTP_PROXY", "http://one:1", "https_proxy", "two:2", "http_proxy", "three:3");
    assertThat(proxy(environment, "http://r.io/")).isEqualTo("one:1");
    assertThat(proxy(environment, "https://r.io/")).isEqualTo("two:2");
    assertThat(proxy(Map.of("HTTP_PROXY", "one"), "http://r.io/")).isEqualTo("one:80");
    assertThat(proxy(Map.of("HTTP_PROXY", "one"), "https://r.io/")).isEqualTo("none");
    assertThat(proxy(Map.of(), "https://r.io/")).isEqualTo("none");
  }

  @ParameterizedTest
  @CsvSource({
    "https://localhost/, true",
    "https://127.0.0.9:5000/, true",
    "https://[::1]/, true",
    "https://example.com/, true",
    "https://a.example.com/, true",
    "https://badexample.com/, false",
    "https://sub.only/, false",
    "https://x.sub.only/, true",
    "https://star.one/, false",
    "https://x.star.one/, true",
    "https://ported.io:8443/, true",
    "https://ported.io/, false",
    "https://10.1.2.3/, true",
    "https://11.1.2.3/, false",
    "https://192.168.7.7/, true",
    "https://192.168.7.8/, false",
    "https://192.168.9.9:5000/, true",
    "https://192.168.9.9/, false",
    "https://[fd00::1]/, true",
    "https://[fe00::1]/, false",
    "https://EXAMPLE.COM/, true",
    "https://other.io/, false",
  })
  void noProxyFollowsTheRulesOfGo(String uri, boolean direct) {
    Map<String, String> environment =
        Map.of(
            "HTTPS_PROXY",
            "p:3128",
            "NO_PROXY",
            "example.com, .sub.only,*.star.one,ported.io:8443,10.0.0.0/8,192.168.7.7,"
                + "192.168.9.9:5000,fd00::/8,bad/entry,");
    assertThat(proxy(environment, uri)).isEqualTo(direct ? "none" : "p:3128");
  }

  @Test
  void aStarMeansNoProxyAtAll() {
    assertThat(proxy(Map.of("HTTPS_PROXY", "p", "no_proxy", "*"), "https://r.io/"))
        .isEqualTo("none");
  }

  @Test
  void loginsAreDecodedAndNeverShown() {
    ProxyRules rules = ProxyRules.of(Map.of("HTTPS_PROXY", "http://ada:p%40ss@p:1"));
    var proxy = rules.proxyFor(URI.create("https://r.io/")).orElseThrow();
    assertThat(proxy.authorization()).isEqualTo("Basic YWRhOnBAc3M=");
    assertThat(rules.toString() + proxy).doesNotContain("p@ss", "YWRh", "p%40ss");
  }

  @Test
  void whatIsNoHttpProxyIsRefusedByTheNameOfItsVariableAlone() {
    for (String value :
        new String[] {"socks5://u:secret@p:1", "http://u:secret@", "http://a b:secret@c"}) {
      assertThatThrownBy(() -> ProxyRules.of(Map.of("HTTPS_PROXY", value)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("HTTPS_PROXY")
          .hasMessageNotContaining("secret");
    }
  }
}
