package io.thaw.registry;

import io.thaw.registry.hosts.FileStamp;
import io.thaw.registry.hosts.ProxyRules;
import io.thaw.registry.hosts.TlsContexts;
import io.thaw.registry.hosts.TlsFiles;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The JDK's HTTP clients, one for each way of speaking to hosts: TLS files and dial timeout are
/// a matter of the client, not of a request. A client is made anew when its TLS files change.
final class HttpClients {

  private static final int MAX_CLIENTS = 64;
  private static final long RECHECK_NANOS = TimeUnit.SECONDS.toNanos(5);

  static {
    // Bytes the client reads at a time. With the JDK's 16 KiB a layer costs eight times as many
    // reads,
    // deliveries and wake-ups of a thread.
    if (System.getProperty("jdk.httpclient.bufsize") == null) {
      System.setProperty("jdk.httpclient.bufsize", "131072");
    }
    // The JDK refuses to send a proxy a user name and a password unless told otherwise, and reads
    // this once.
    if (System.getProperty("jdk.http.auth.tunneling.disabledSchemes") == null) {
      System.setProperty("jdk.http.auth.tunneling.disabledSchemes", "");
    }
  }

  private final RegistryConfig config;
  private final Executor executor;
  private final ProxySelector proxies;
  private final HttpClient common;
  private final Map<Key, Kept> clients = new HashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private boolean closed;

  private record Key(TlsFiles tls, Duration dialTimeout) {}

  /// @param checkedNanos when the files were last looked at
  private record Kept(HttpClient client, List<@Nullable FileStamp> stamps, long checkedNanos) {}

  HttpClients(RegistryConfig config, Executor executor) {
    this.config = config;
    this.executor = executor;
    this.proxies = new BySelectedRules(config.proxy());
    this.common = builder(config.timeouts().connect()).build();
  }

  /// The client for a connection.
  ///
  /// @param insecure whether the host's certificate is not to be checked, whatever the connection
  ///     says
  /// @throws IOException if a TLS file cannot be used
  HttpClient get(Endpoint.Connection connection, boolean insecure) throws IOException {
    TlsFiles asked = connection.tls();
    TlsFiles tls =
        insecure && !asked.skipVerify()
            ? new TlsFiles(asked.authorities(), asked.clients(), true)
            : asked;
    Duration own = connection.dialTimeout();
    Duration dial = own == null ? config.timeouts().connect() : own;
    if (!tls.present() && dial.equals(config.timeouts().connect())) {
      return common;
    }
    lock.lock();
    try {
      return current(new Key(tls, dial));
    } finally {
      lock.unlock();
    }
  }

  private HttpClient current(Key key) throws IOException {
    if (closed) {
      throw new IOException("the registry client is closed");
    }
    long now = System.nanoTime();
    Kept kept = clients.get(key);
    if (kept != null && now - kept.checkedNanos() < RECHECK_NANOS) {
      return kept.client();
    }
    List<@Nullable FileStamp> stamps = TlsContexts.stamps(key.tls());
    if (kept == null || !kept.stamps().equals(stamps)) {
      if (clients.size() >= MAX_CLIENTS) {
        clients.values().forEach(old -> old.client().shutdown());
        clients.clear();
      }
      HttpClient.Builder builder = builder(key.dialTimeout());
      if (key.tls().present()) {
        builder.sslContext(TlsContexts.of(key.tls()));
      }
      if (kept != null) {
        // Ends when the requests under way have ended.
        kept.client().shutdown();
      }
      kept = new Kept(builder.build(), stamps, now);
    }
    clients.put(key, new Kept(kept.client(), stamps, now));
    return kept.client();
  }

  private HttpClient.Builder builder(Duration dialTimeout) {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NEVER)
        .connectTimeout(dialTimeout)
        .proxy(proxies)
        .executor(executor);
  }

  void close() {
    lock.lock();
    try {
      closed = true;
      common.shutdownNow();
      clients.values().forEach(kept -> kept.client().shutdownNow());
      clients.clear();
    } finally {
      lock.unlock();
    }
  }

  private static final class BySelectedRules extends ProxySelector {
    private final ProxyRules rules;

    BySelectedRules(ProxyRules rules) {
      this.rules = rules;
    }

    @Override
    public List<Proxy> select(URI uri) {
      return List.of(
          rules
              .proxyFor(uri)
              .map(
                  p ->
                      new Proxy(
                          Proxy.Type.HTTP, InetSocketAddress.createUnresolved(p.host(), p.port())))
              .orElse(Proxy.NO_PROXY));
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException failure) {
      // The request fails and says so.
    }
  }
}
