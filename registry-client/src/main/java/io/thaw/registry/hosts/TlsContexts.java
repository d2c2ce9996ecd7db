package io.thaw.registry.hosts;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// Turns TLS files into what the HTTP client needs.
public final class TlsContexts {

  private static final char[] NO_PASSWORD = new char[0];

  private TlsContexts() {}

  /// A context that trusts the host's authorities and those of the files, and shows the files'
  /// client certificates.
  ///
  /// @throws IOException if a file cannot be used; the message names it
  public static SSLContext of(TlsFiles files) throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keyManagers(files.clients()), trustManagers(files), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("TLS cannot be set up with " + files + ": " + e.getMessage(), e);
    }
  }

  /// What the files are now; another answer means that a context made of them is outdated.
  public static List<@Nullable FileStamp> stamps(TlsFiles files) {
    List<@Nullable FileStamp> stamps = new ArrayList<>();
    files.files().forEach(file -> stamps.add(FileStamp.ofNullable(file)));
    return stamps;
  }

  private static KeyManager @Nullable [] keyManagers(List<TlsFiles.ClientPair> clients)
      throws IOException, GeneralSecurityException {
    if (clients.isEmpty()) {
      return null;
    }
    KeyStore store = empty();
    for (TlsFiles.ClientPair pair : clients) {
      X509Certificate[] chain =
          PemFiles.certificates(pair.certificate()).toArray(new X509Certificate[0]);
      store.setKeyEntry(
          "client-" + store.size(), PemFiles.key(pair.key(), chain[0]), NO_PASSWORD, chain);
    }
    KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private static TrustManager[] trustManagers(TlsFiles files)
      throws IOException, GeneralSecurityException {
    if (files.skipVerify()) {
      return new TrustManager[] {new TrustsAnyone()};
    }
    if (files.authorities().isEmpty()) {
      return HostAuthorities.trustManagers();
    }
    KeyStore store = empty();
    for (X509Certificate authority : HostAuthorities.all()) {
      store.setCertificateEntry("system-" + store.size(), authority);
    }
    for (var file : files.authorities()) {
      for (X509Certificate authority : PemFiles.certificates(file)) {
        store.setCertificateEntry("file-" + store.size(), authority);
      }
    }
    return HostAuthorities.factory(store).getTrustManagers();
  }

  private static KeyStore empty() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  /// For hosts the operator declared insecure. Extending the class, not the interface, also turns
  /// off the check of the host name.
  private static final class TrustsAnyone extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
