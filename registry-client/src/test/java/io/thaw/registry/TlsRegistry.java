package io.thaw.registry;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;

/// A registry behind TLS with certificates of its own making, which may ask clients for theirs.
final class TlsRegistry implements AutoCloseable {

  private static final String PASSWORD = "changeit";

  private final Path directory;
  private final HttpsServer server;
  private final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
  private final Set<String> headers = ConcurrentHashMap.newKeySet();

  private TlsRegistry(Path directory, HttpsServer server) {
    this.directory = directory;
    this.server = server;
  }

  /// @param host DNS name in its certificate, besides 127.0.0.1
  /// @param asksClients whether only clients with the certificate of [#clientPem] get in
  static TlsRegistry start(String host, boolean asksClients) throws Exception {
    Path directory = Files.createTempDirectory("tls-registry");
    generate(directory, "server", "RSA", "SAN=dns:" + host + ",ip:127.0.0.1");
    generate(directory, "client", "RSA", "EKU=clientAuth");
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    SSLContext context = context(directory);
    server.setHttpsConfigurator(
        new HttpsConfigurator(context) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters tls = context.getDefaultSSLParameters();
            tls.setNeedClientAuth(asksClients);
            parameters.setSSLParameters(tls);
          }
        });
    TlsRegistry registry = new TlsRegistry(directory, server);
    server.createContext(
        "/",
        exchange -> {
          registry.headers.addAll(exchange.getRequestHeaders().keySet());
          String path = exchange.getRequestURI().getPath();
          byte[] blob = registry.blobs.get(path.substring(path.lastIndexOf('/') + 1));
          FakeServer.answer(exchange, blob == null ? 404 : 200, blob == null ? new byte[0] : blob);
          exchange.close();
        });
    server.start();
    return registry;
  }

  private static void generate(Path directory, String name, String algorithm, String extension)
      throws Exception {
    Process keytool =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                    "-genkeypair",
                    "-alias",
                    name,
                    "-keyalg",
                    algorithm,
                    "-dname",
                    "CN=" + name,
                    "-ext",
                    extension,
                    "-ext",
                    "BC=ca:true",
                    "-validity",
                    "3650",
                    "-storetype",
                    "PKCS12",
                    "-keystore",
                    store(directory, name).toString(),
                    "-storepass",
                    PASSWORD))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (keytool.waitFor() != 0) {
      throw new IOException("keytool failed");
    }
  }

  private static Path store(Path directory, String name) {
    return directory.resolve(name + ".p12");
  }

  private static KeyStore load(Path directory, String name)
      throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store(directory, name))) {
      store.load(in, PASSWORD.toCharArray());
    }
    return store;
  }

  private static SSLContext context(Path directory) throws Exception {
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(load(directory, "server"), PASSWORD.toCharArray());
    KeyStore clients = KeyStore.getInstance("PKCS12");
    clients.load(null, null);
    clients.setCertificateEntry("c", load(directory, "client").getCertificate("client"));
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(clients);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  void serve(Digest digest, byte[] bytes) {
    blobs.put(digest.toString(), bytes);
  }

  String address() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  Set<String> headersSeen() {
    return Set.copyOf(headers);
  }

  /// The server's certificate, which is its own authority.
  String authorityPem() throws Exception {
    return pem("CERTIFICATE", load(directory, "server").getCertificate("server").getEncoded());
  }

  String clientPem() throws Exception {
    return pem("CERTIFICATE", client().getEncoded());
  }

  Certificate client() throws Exception {
    return load(directory, "client").getCertificate("client");
  }

  byte[] clientKey() throws Exception {
    return load(directory, "client").getKey("client", PASSWORD.toCharArray()).getEncoded();
  }

  String clientKeyPem() throws Exception {
    return pem("PRIVATE KEY", clientKey());
  }

  /// The older form of the same key: what PKCS#8 wraps (a header of 26 bytes for RSA keys).
  String clientKeyRsaPem() throws Exception {
    byte[] pkcs8 = clientKey();
    return pem("RSA PRIVATE KEY", Arrays.copyOfRange(pkcs8, 26, pkcs8.length));
  }

  static String pem(String label, byte[] bytes) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(
            label, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes), label);
  }

  @Override
  public void close() throws IOException {
    server.stop(0);
    for (String name : List.of("server", "client")) {
      Files.deleteIfExists(store(directory, name));
    }
    Files.deleteIfExists(directory);
  }
}
