package io.thaw.registry.hosts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The certificate authorities that this host trusts: those that containerd and other programs in
/// Go go by, so that a registry is trusted by all or by none. Where the host has no such file, or
/// `javax.net.ssl.trustStore` names another store, it is the Java runtime's own list.
///
/// Read once: a daemon sees a change after its restart.
public final class HostAuthorities {
  private static final Logger LOG = LoggerFactory.getLogger(HostAuthorities.class);

  /// Names a file that counts instead of the host's.
  private static final String VARIABLE = "SSL_CERT_FILE";

  /// Where distributions keep them: Debian and Alpine, Fedora and RHEL, SUSE, others.
  private static final List<Path> FILES =
      List.of(
          Path.of("/etc/ssl/certs/ca-certificates.crt"),
          Path.of("/etc/pki/tls/certs/ca-bundle.crt"),
          Path.of("/etc/ssl/ca-bundle.pem"),
          Path.of("/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"),
          Path.of("/etc/ssl/cert.pem"));

  private HostAuthorities() {}

  /// Loaded when it is asked for, by one thread.
  private static final class Loaded {
    private static final List<X509Certificate> CERTIFICATES =
        certificates(System.getenv(), FILES, System.getProperty("javax.net.ssl.trustStore"));
    private static final TrustManager[] MANAGERS = managers(CERTIFICATES);
  }

  /// Loads them, for those who ask later.
  public static void load() {
    var _ = all();
  }

  /// What a connection goes by for which nothing else is configured.
  static TrustManager[] trustManagers() {
    return Loaded.MANAGERS.clone();
  }

  /// All of them; empty if neither the host nor the runtime has any.
  static List<X509Certificate> all() {
    return Loaded.CERTIFICATES;
  }

  static List<X509Certificate> certificates(
      Map<String, String> environment, List<Path> files, @Nullable String trustStore) {
    Optional<Path> file = file(environment, files, trustStore);
    if (file.isPresent()) {
      try {
        return PemFiles.readable(file.get());
      } catch (IOException e) {
        LOG.warn("the host's certificate authorities cannot be read: {}", e.getMessage());
      }
    }
    return ofRuntime();
  }

  private static Optional<Path> file(
      Map<String, String> environment, List<Path> files, @Nullable String trustStore) {
    if (trustStore != null) {
      return Optional.empty();
    }
    String named = environment.get(VARIABLE);
    if (named != null && !named.isEmpty()) {
      return Optional.of(Path.of(named));
    }
    return files.stream().filter(Files::isReadable).findFirst();
  }

  private static TrustManager[] managers(List<X509Certificate> authorities) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      for (X509Certificate authority : authorities) {
        store.setCertificateEntry("host-" + store.size(), authority);
      }
      return factory(store).getTrustManagers();
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("this Java runtime has no TLS: " + e.getMessage(), e);
    }
  }

  private static List<X509Certificate> ofRuntime() {
    List<X509Certificate> all = new ArrayList<>();
    try {
      for (TrustManager manager : factory(null).getTrustManagers()) {
        if (manager instanceof X509TrustManager trust) {
          all.addAll(List.of(trust.getAcceptedIssuers()));
        }
      }
    } catch (GeneralSecurityException e) {
      LOG.warn("the Java runtime's certificate authorities cannot be read: {}", e.getMessage());
    }
    return List.copyOf(all);
  }

  static TrustManagerFactory factory(@Nullable KeyStore store) throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory;
  }
}
