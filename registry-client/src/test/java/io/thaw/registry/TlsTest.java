package io.thaw.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A registry whose certificate nobody vouches for, and which names another host.
class TlsTest extends RegistryTest {

  private static final String TYPE = "application/vnd.oci.image.manifest.v1+json";
  private static final char[] STORE_PASSWORD = "changeit".toCharArray();

  @TempDir Path directory;
  private HttpsServer server;
  private Repository repository;
  private final AtomicInteger served = new AtomicInteger();

  @BeforeEach
  void serve() throws Exception {
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(certified()));
    server.createContext(
        "/",
        exchange -> {
          served.incrementAndGet();
          exchange.getResponseHeaders().set("Content-Type", TYPE);
          FakeServer.answer(exchange, 200, "{}".getBytes(UTF_8));
          exchange.close();
        });
    server.start();
    repository = new Repository("127.0.0.1:" + server.getAddress().getPort(), "team/app");
  }

  @AfterEach
  void end() {
    server.stop(0);
  }

  private SSLContext certified() throws Exception {
    Path store = directory.resolve("store.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "registry",
                "-keyalg",
                "EC",
                "-dname",
                "CN=registry.example.com",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                new String(STORE_PASSWORD))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, STORE_PASSWORD);
    }
    KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
    factory.init(keys, STORE_PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(factory.getKeyManagers(), null, null);
    return context;
  }

  @Test
  void aHostListedAsInsecureIsSpokenToOverTlsWithoutAskingWhoItIs() throws Exception {
    config = config.withInsecureHosts(Set.of(repository.host()));
    assertThat(client().manifest(repository, "v1").bytes()).isEqualTo("{}".getBytes(UTF_8));
  }

  @Test
  void anUnknownCertificateIsAClearErrorThatIsNotRetried() {
    // Another host is listed, so the client that checks nothing exists but must not be used. A
    // local host would be plain unless it were redirected to.
    config = config.withInsecureHosts(Set.of("other.example.com"));
    registry.redirectStatus = 307;
    registry.redirectTo = "https://" + repository.host() + "/x";
    Digest digest = registry.addBlob(new byte[10]);
    RegistryException e =
        failure(() -> client().blobRange(registry.repository(), digest, 0, 5).close());
    assertThat(e.kind()).isEqualTo(RegistryException.Kind.UNTRUSTED);
    assertThat(e).hasMessageContaining("list the host as insecure");
    assertThat(served).hasValue(0);
    assertThat(waits.waits).isEmpty();
  }
}
