package io.thaw.registry;

import io.thaw.registry.hosts.ProxyRules;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Transport on the JDK's HTTP client, HTTP/1.1: many small ranges over one HTTP/2 connection
/// would share its one flow-control window.
final class JdkTransport implements Transport {

  /// An upload may take this long per MiB on top of the response timeout, which otherwise covers
  /// sending the body too.
  private static final Duration UPLOAD_PER_MIB = Duration.ofSeconds(8);

  private static final int PROXY_LOGIN = 407;

  private final RegistryConfig config;
  private final Hosts hosts;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpClients clients;

  JdkTransport(RegistryConfig config, Hosts hosts) {
    this.config = config;
    this.hosts = hosts;
    this.clients = new HttpClients(config, executor);
  }

  @Override
  public Response send(Request request) throws IOException, InterruptedException {
    HttpRequest.Builder builder = HttpRequest.newBuilder(request.uri());
    request.headers().forEach(builder::setHeader);
    builder.timeout(timeout(request));
    // Seen by the proxy alone: the client sends it with the request for a tunnel, not through it.
    config
        .proxy()
        .proxyFor(request.uri())
        .map(ProxyRules.Proxy::authorization)
        .ifPresent(login -> builder.setHeader("Proxy-Authorization", login));
    HttpClient client = clients.get(request.connection(), hosts.insecure(request.uri()));
    Queue<InputStream> opened = new ConcurrentLinkedQueue<>();
    try {
      builder.method(request.method(), publisher(request, opened));
      HttpResponse<InputStream> response =
          client.send(builder.build(), info -> new StreamingBody(config.timeouts().stall()));
      return answer(response);
    } finally {
      // The client closes what it read to the end, but not what it gave up on.
      for (InputStream stream : opened) {
        stream.close();
      }
    }
  }

  private static Response answer(HttpResponse<InputStream> response) throws IOException {
    // An answer to the request for a tunnel has no body at all.
    InputStream body = response.body();
    if (body != null && response.statusCode() != PROXY_LOGIN) {
      return new Response(response.statusCode(), response.headers(), body);
    }
    if (body != null) {
      body.close();
    }
    throw new IOException(
        "the proxy answered "
            + response.statusCode()
            + (response.statusCode() == PROXY_LOGIN
                ? ": it wants a login, or another one; set it in HTTP_PROXY and HTTPS_PROXY"
                : ""));
  }

  private Duration timeout(Request request) {
    Content content = request.content();
    long mebibytes = content == null ? 0 : content.sizeBytes() >> 20;
    Duration own = request.connection().responseTimeout();
    Duration response = own == null ? config.timeouts().response() : own;
    return response.plus(UPLOAD_PER_MIB.multipliedBy(mebibytes));
  }

  private static BodyPublisher publisher(Request request, Queue<InputStream> opened) {
    Content content = request.content();
    if (content == null) {
      return BodyPublishers.noBody();
    }
    if (content.sizeBytes() == 0) {
      return BodyPublishers.ofByteArray(new byte[0]);
    }
    return BodyPublishers.fromPublisher(
        BodyPublishers.ofInputStream(() -> open(content.source(), opened)), content.sizeBytes());
  }

  private static InputStream open(BlobSource source, Queue<InputStream> opened) {
    try {
      InputStream stream = source.open();
      opened.add(stream);
      return stream;
    } catch (IOException e) {
      return new InputStream() {
        @Override
        public int read() throws IOException {
          throw new IOException("cannot open the content to upload: " + e.getMessage(), e);
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
          return read();
        }
      };
    }
  }

  @Override
  public void close() {
    clients.close();
    executor.shutdown();
  }
}
