package io.thaw.registry;

import io.thaw.registry.hosts.ProxyRules;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

/// Transport on Apache HttpClient's blocking client, HTTP/1.1: many small ranges over one HTTP/2
/// connection would share its one flow-control window.
///
/// The calling thread itself writes the request and reads the response, a body's bytes straight
/// into the array it is given. On a virtual thread an interrupt ends a call at once; on another
/// thread when the time for the response, or for silence in a body, is over.
final class PooledTransport implements Transport {

  /// An upload may take this long per MiB on top of the response timeout, which otherwise covers
  /// sending the body too.
  private static final Duration UPLOAD_PER_MIB = Duration.ofSeconds(8);

  /// Connections kept from earlier may all have been closed by the server in the meantime.
  private static final int MAX_STALE = 3;

  /// How often connections that nobody uses any more are looked for.
  private static final long SWEEP_SECONDS = 10;

  private static final int PROXY_LOGIN = 407;

  private final RegistryConfig config;
  private final Hosts hosts;
  private final ScheduledThreadPoolExecutor timer;
  private final ConnectionPools pools;

  PooledTransport(RegistryConfig config, Hosts hosts) {
    this.config = config;
    this.hosts = hosts;
    this.pools = new ConnectionPools(config);
    this.timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("registry-timer").factory());
    timer.setRemoveOnCancelPolicy(true);
    Future<?> _ =
        timer.scheduleWithFixedDelay(pools::sweep, SWEEP_SECONDS, SWEEP_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public Response send(Request request) throws IOException, InterruptedException {
    ConnectionPools.Pool pool = pools.get(request.connection(), hosts.insecure(request.uri()));
    for (int stale = 0; ; stale++) {
      HttpClientContext context = context(request);
      try {
        return once(pool, request, context);
      } catch (NoHttpResponseException | SocketException e) {
        boolean again =
            request.content() == null && stale < MAX_STALE && ConnectionPools.reused(context);
        if (!again) {
          throw e;
        }
        // The server closed the connection while nobody used it; most likely the others too.
        pool.closeIdle(TimeValue.ZERO_MILLISECONDS);
      }
    }
  }

  private Response once(ConnectionPools.Pool pool, Request request, HttpClientContext context)
      throws IOException, InterruptedException {
    HttpUriRequestBase exchange = new HttpUriRequestBase(request.method(), request.uri());
    request.headers().forEach(exchange::setHeader);
    Content content = request.content();
    if (content != null) {
      exchange.setEntity(new UploadEntity(content));
    }
    Duration timeout = timeout(request);
    exchange.setConfig(
        RequestConfig.custom()
            .setResponseTimeout(Timeout.of(timeout))
            .setConnectionRequestTimeout(Timeout.of(timeout))
            .setAuthenticationEnabled(false)
            .setProtocolUpgradeEnabled(false)
            .build());
    // The socket's own timeout bounds silence; only this bounds headers that trickle in and
    // uploads that are not taken.
    Deadline deadline = new Deadline(exchange);
    Future<?> alarm = timer.schedule(deadline, timeout.toNanos(), TimeUnit.NANOSECONDS);
    boolean passed = false;
    try {
      ClassicHttpResponse response = pool.client().executeOpen(null, exchange, context);
      Response answer = answer(exchange, response);
      passed = true;
      return answer;
    } catch (IOException e) {
      throw failure(e, deadline, timeout);
    } finally {
      alarm.cancel(false);
      if (!passed) {
        exchange.abort();
      }
    }
  }

  private static IOException failure(IOException failure, Deadline deadline, Duration timeout)
      throws InterruptedException {
    if (Thread.interrupted()) {
      InterruptedException interrupted = new InterruptedException("interrupted in a request");
      interrupted.initCause(failure);
      throw interrupted;
    }
    if (deadline.passed || failure instanceof java.net.SocketTimeoutException) {
      String what =
          failure instanceof org.apache.hc.client5.http.ConnectTimeoutException
              ? "connect timed out"
              : "no response within " + timeout.toMillis() + " ms";
      return new IOException(what, failure);
    }
    return failure;
  }

  private HttpClientContext context(Request request) {
    HttpClientContext context = HttpClientContext.create();
    config
        .proxy()
        .proxyFor(request.uri())
        .ifPresent(
            proxy -> {
              String login = proxy.authorization();
              if (login != null) {
                context.resetAuthExchange(host(proxy), new ProxyLogin(login));
              }
            });
    return context;
  }

  static HttpHost host(ProxyRules.Proxy proxy) {
    return new HttpHost("http", proxy.host(), proxy.port());
  }

  private Response answer(HttpUriRequestBase exchange, ClassicHttpResponse response)
      throws IOException {
    if (response.getCode() == PROXY_LOGIN) {
      throw new IOException(
          "the proxy answered 407: it wants a login, or another one; set it in HTTP_PROXY and"
              + " HTTPS_PROXY");
    }
    Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (Header header : response.getHeaders()) {
      headers
          .computeIfAbsent(header.getName(), _ -> new ArrayList<>())
          .add(header.getValue() == null ? "" : header.getValue());
    }
    HttpEntity entity = response.getEntity();
    InputStream body =
        entity == null
            ? InputStream.nullInputStream()
            : new SocketBody(
                entity.getContent(),
                entity.getContentLength(),
                exchange::abort,
                config.timeouts().stall());
    return new Response(response.getCode(), HttpHeaders.of(headers, (_, _) -> true), body);
  }

  private Duration timeout(Request request) {
    Content content = request.content();
    long mebibytes = content == null ? 0 : content.sizeBytes() >> 20;
    Duration own = request.connection().responseTimeout();
    Duration response = own == null ? config.timeouts().response() : own;
    return response.plus(UPLOAD_PER_MIB.multipliedBy(mebibytes));
  }

  @Override
  public void close() {
    timer.shutdownNow();
    pools.close();
  }

  /// Aborts an exchange that has no answer in time.
  private static final class Deadline implements Runnable {
    private final HttpUriRequestBase exchange;
    private volatile boolean passed;

    Deadline(HttpUriRequestBase exchange) {
      this.exchange = exchange;
    }

    @Override
    public void run() {
      passed = true;
      exchange.abort();
    }
  }
}
