package io.thaw.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.registry.hosts.ProxyRules;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Registries behind a proxy. The names of the registries exist nowhere: only the proxy knows where
/// they are.
class ProxyTest extends RegistryTest {

  private static final byte[] BLOB = random(1000, 9);

  private FakeProxy proxy;
  private Digest blob;

  @BeforeEach
  void proxy() throws IOException {
    proxy = new FakeProxy();
    blob = registry.addBlob(BLOB);
  }

  @AfterEach
  void end() throws IOException {
    proxy.close();
  }

  private void use(String login, String... more) {
    config =
        config
            .withPlainHttpHosts(Set.of("registry.example.test"))
            .withProxy(
                ProxyRules.of(
                    Map.of(
                        "HTTP_PROXY",
                        "http://" + login + proxy.address(),
                        "HTTPS_PROXY",
                        "http://" + login + proxy.address(),
                        "NO_PROXY",
                        String.join(",", more))));
  }

  private byte[] read(String host) throws IOException {
    try (RangeResponse range = client().blobRange(new Repository(host, "team/app"), blob, 0, 10)) {
      return range.body().readAllBytes();
    }
  }

  @Test
  void plainRequestsGoThroughTheProxyWithItsLogin() throws IOException {
    proxy.requireLogin("ada", "proxy-secret");
    proxy.route("registry.example.test:80", registry.server.host());
    use("ada:proxy-secret@");
    assertThat(read("registry.example.test")).hasSize(10);
    assertThat(proxy.requests()).singleElement().asString().startsWith("GET http://registry.");
  }

  @Test
  void tlsGoesThroughATunnelAndTheRegistryNeverSeesTheLogin() throws Exception {
    try (TlsRegistry tls = TlsRegistry.start("tls.example.test", false)) {
      tls.serve(blob, BLOB);
      proxy.requireLogin("ada", "proxy-secret");
      proxy.route("tls.example.test:8443", tls.address());
      use("ada:proxy-secret@");
      config = config.withInsecureHosts(Set.of("tls.example.test:8443"));
      assertThat(read("tls.example.test:8443")).hasSize(10);
      assertThat(proxy.requests())
          .singleElement()
          .asString()
          .startsWith("CONNECT tls.example.test:8443");
      assertThat(tls.headersSeen()).doesNotContain("Proxy-authorization");
    }
  }

  @Test
  void aWrongLoginIsAnErrorWithoutTheLogin() {
    proxy.requireLogin("ada", "proxy-secret");
    use("ada:wrong-proxy-secret@");
    config = config.withRetry(attempts(1));
    RegistryException e = failure(() -> read("tls.example.test"));
    assertThat(e)
        .hasMessageContaining("the proxy answered 407")
        .hasMessageContaining("HTTPS_PROXY");
    assertThat(failure(() -> read("registry.example.test")))
        .hasMessageContaining("the proxy answered 407");
    for (Throwable t = e; t != null; t = t.getCause()) {
      assertThat(t.toString()).doesNotContain("proxy-secret");
    }
  }

  @Test
  void localHostsAndThoseListedAreReachedDirectly() throws IOException {
    use("", "registry.example.test");
    assertThat(read(registry.server.host())).hasSize(10);
    assertThat(proxy.requests()).isEmpty();
  }
}
