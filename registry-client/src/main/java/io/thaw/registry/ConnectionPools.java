package io.thaw.registry;

import io.thaw.registry.hosts.FileStamp;
import io.thaw.registry.hosts.ProxyRules;
import io.thaw.registry.hosts.TlsContexts;
import io.thaw.registry.hosts.TlsFiles;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.DefaultSchemePortResolver;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.impl.routing.DefaultRoutePlanner;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.HostnameVerificationPolicy;
import org.apache.hc.client5.http.ssl.NoopHostnameVerifier;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.HttpRequestExecutor;
import org.apache.hc.core5.http.io.HttpClientConnection;
import org.apache.hc.core5.http.io.HttpResponseInformationCallback;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.reactor.ssl.SSLBufferMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/// Connections that are kept, in one pool for each way of speaking to hosts: TLS files and dial
/// timeout are a matter of the pool, not of a request. A pool is made anew when its TLS files
/// change.
///
/// A pool has no bound of its own; [HostGate] bounds what is in flight to a host.
final class ConnectionPools {

  private static final int MAX_POOLS = 64;
  private static final int MAX_HEADERS = 256;
  private static final int MAX_LINE_CHARS = 64 << 10;
  private static final long RECHECK_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final TimeValue KEPT_IDLE = TimeValue.ofSeconds(30);
  private static final TimeValue UNCHECKED_IDLE = TimeValue.ofSeconds(2);

  /// Set on the context of an exchange whose connection served others before it.
  private static final String REUSED = "thaw.reused";

  private final RegistryConfig config;
  private final Map<Key, Kept> pools = new HashMap<>();
  private final List<Pool> retired = new ArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private boolean closed;

  private record Key(TlsFiles tls, Duration dialTimeout) {}

  /// @param checkedNanos when the files were last looked at
  private record Kept(Pool pool, List<@Nullable FileStamp> stamps, long checkedNanos) {}

  /// A client and its connections.
  record Pool(CloseableHttpClient client, PoolingHttpClientConnectionManager connections) {

    void closeIdle(TimeValue atLeast) {
      connections.closeIdle(atLeast);
    }

    private boolean inUse() {
      return connections.getTotalStats().getLeased() > 0;
    }

    private void close() {
      client.close(CloseMode.IMMEDIATE);
    }
  }

  ConnectionPools(RegistryConfig config) {
    this.config = config;
  }

  /// Whether the exchange of this context went over a connection that had been kept.
  static boolean reused(HttpContext context) {
    return context.getAttribute(REUSED) != null;
  }

  /// The pool for a connection.
  ///
  /// @param insecure whether the host's certificate is not to be checked, whatever the connection
  ///     says
  /// @throws IOException if a TLS file cannot be used
  Pool get(Endpoint.Connection connection, boolean insecure) throws IOException {
    TlsFiles asked = connection.tls();
    TlsFiles tls =
        insecure && !asked.skipVerify()
            ? new TlsFiles(asked.authorities(), asked.clients(), true)
            : asked;
    Duration own = connection.dialTimeout();
    lock.lock();
    try {
      return current(new Key(tls, own == null ? config.timeouts().connect() : own));
    } finally {
      lock.unlock();
    }
  }

  private Pool current(Key key) throws IOException {
    if (closed) {
      throw new IOException("the registry client is closed");
    }
    long now = System.nanoTime();
    Kept kept = pools.get(key);
    if (kept != null && now - kept.checkedNanos() < RECHECK_NANOS) {
      return kept.pool();
    }
    List<@Nullable FileStamp> stamps = TlsContexts.stamps(key.tls());
    if (kept == null || !kept.stamps().equals(stamps)) {
      Pool made = pool(key);
      if (pools.size() >= MAX_POOLS) {
        pools.values().forEach(old -> retired.add(old.pool()));
        pools.clear();
      } else if (kept != null) {
        retired.add(kept.pool());
      }
      kept = new Kept(made, stamps, now);
    }
    pools.put(key, new Kept(kept.pool(), stamps, now));
    return kept.pool();
  }

  private Pool pool(Key key) throws IOException {
    PoolingHttpClientConnectionManager connections =
        PoolingHttpClientConnectionManagerBuilder.create()
            .setTlsSocketStrategy(
                new DefaultClientTlsStrategy(
                    TlsContexts.of(key.tls()),
                    null,
                    null,
                    SSLBufferMode.STATIC,
                    HostnameVerificationPolicy.BUILTIN,
                    // The trust manager checks the name, as it does for every client of Java's.
                    NoopHostnameVerifier.INSTANCE))
            .setConnectionFactory(
                ManagedHttpClientConnectionFactory.builder()
                    .http1Config(
                        Http1Config.custom()
                            .setMaxHeaderCount(MAX_HEADERS)
                            .setMaxLineLength(MAX_LINE_CHARS)
                            .build())
                    .build())
            .setDefaultConnectionConfig(
                ConnectionConfig.custom()
                    .setConnectTimeout(Timeout.of(key.dialTimeout()))
                    .setSocketTimeout(Timeout.of(config.timeouts().response()))
                    .setValidateAfterInactivity(UNCHECKED_IDLE)
                    .build())
            .setMaxConnPerRoute(Integer.MAX_VALUE)
            .setMaxConnTotal(Integer.MAX_VALUE)
            .build();
    CloseableHttpClient client =
        HttpClients.custom()
            .setConnectionManager(connections)
            .setRequestExecutor(new StallingExecutor(Timeout.of(config.timeouts().stall())))
            .setRoutePlanner(new BySelectedRules(config.proxy()))
            .setKeepAliveStrategy((_, _) -> KEPT_IDLE)
            .disableAutomaticRetries()
            .disableRedirectHandling()
            .disableContentCompression()
            .disableCookieManagement()
            .disableAuthCaching()
            .disableConnectionState()
            .disableDefaultUserAgent()
            .build();
    return new Pool(client, connections);
  }

  /// Closes connections that have not been used for a while, and pools that are out of date once
  /// the last request over them has ended.
  void sweep() {
    lock.lock();
    try {
      pools.values().forEach(kept -> kept.pool().closeIdle(KEPT_IDLE));
      retired.forEach(pool -> pool.closeIdle(TimeValue.ZERO_MILLISECONDS));
      retired.removeIf(
          pool -> {
            boolean over = !pool.inUse();
            if (over) {
              pool.close();
            }
            return over;
          });
    } finally {
      lock.unlock();
    }
  }

  /// Breaks off everything.
  void close() {
    lock.lock();
    try {
      closed = true;
      pools.values().forEach(kept -> kept.pool().close());
      pools.clear();
      retired.forEach(Pool::close);
      retired.clear();
    } finally {
      lock.unlock();
    }
  }

  /// Lets a body be silent for another time than the headers before it.
  private static final class StallingExecutor extends HttpRequestExecutor {
    private final Timeout stall;

    StallingExecutor(Timeout stall) {
      this.stall = stall;
    }

    @Override
    public ClassicHttpResponse execute(
        ClassicHttpRequest request,
        HttpClientConnection connection,
        HttpResponseInformationCallback informed,
        HttpContext context)
        throws IOException, HttpException {
      if (connection.getEndpointDetails().getRequestCount() > 0) {
        context.setAttribute(REUSED, true);
      } else {
        context.removeAttribute(REUSED);
      }
      ClassicHttpResponse response = super.execute(request, connection, informed, context);
      connection.setSocketTimeout(stall);
      return response;
    }
  }

  private static final class BySelectedRules extends DefaultRoutePlanner {
    private final ProxyRules rules;

    BySelectedRules(ProxyRules rules) {
      super(DefaultSchemePortResolver.INSTANCE);
      this.rules = rules;
    }

    @Override
    protected @Nullable HttpHost determineProxy(HttpHost target, HttpContext context) {
      return rules.proxyFor(URI.create(target.toURI())).map(PooledTransport::host).orElse(null);
    }
  }
}
