package io.thaw.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/// Transport on the JDK's HTTP client, HTTP/1.1: many small ranges over one HTTP/2 connection
/// would share its one flow-control window.
final class JdkTransport implements Transport {

  /// An upload may take this long per MiB on top of the response timeout, which otherwise covers
  /// sending the body too.
  private static final Duration UPLOAD_PER_MIB = Duration.ofSeconds(8);

  private final RegistryConfig config;
  private final Hosts hosts;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpClient verifying;
  private final HttpClient trusting;

  JdkTransport(RegistryConfig config, Hosts hosts) {
    this.config = config;
    this.hosts = hosts;
    this.verifying = builder().build();
    this.trusting =
        config.insecureHosts().isEmpty()
            ? verifying
            : builder().sslContext(trustEverything()).build();
  }

  private HttpClient.Builder builder() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NEVER)
        .connectTimeout(config.timeouts().connect())
        .executor(executor);
  }

  @Override
  public Response send(Request request) throws IOException, InterruptedException {
    HttpRequest.Builder builder = HttpRequest.newBuilder(request.uri());
    request.headers().forEach(builder::setHeader);
    builder.timeout(timeout(request));
    HttpClient client = hosts.insecure(request.uri()) ? trusting : verifying;
    Queue<InputStream> opened = new ConcurrentLinkedQueue<>();
    try {
      builder.method(request.method(), publisher(request, opened));
      HttpResponse<InputStream> response =
          client.send(builder.build(), info -> new StreamingBody(config.timeouts().stall()));
      return new Response(response.statusCode(), response.headers(), response.body());
    } finally {
      // The client closes what it read to the end, but not what it gave up on.
      for (InputStream stream : opened) {
        stream.close();
      }
    }
  }

  private Duration timeout(Request request) {
    Content content = request.content();
    long mebibytes = content == null ? 0 : content.sizeBytes() >> 20;
    return config.timeouts().response().plus(UPLOAD_PER_MIB.multipliedBy(mebibytes));
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
    verifying.shutdownNow();
    trusting.shutdownNow();
    executor.shutdown();
  }

  private static SSLContext trustEverything() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new TrustsAnyone()}, new SecureRandom());
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has TLS", e);
    }
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
