package io.thaw.cli.builder.web;

import io.thaw.cli.builder.notify.MalformedNotificationException;
import io.thaw.cli.builder.notify.NotificationFormat;
import io.thaw.cli.builder.queue.QueueFullException;
import io.thaw.cli.builder.web.Request.TooLongException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// From a request to an answer: which handler, who may, and what a failure becomes.
final class Routes {
  private static final Logger log = LoggerFactory.getLogger(Routes.class);
  private static final String RETRY_AFTER_SECONDS = "30";

  private final Access access;
  private final BuilderApi api;
  private final BuilderMetrics metrics;
  private final long maxBodyBytes;

  Routes(Access access, BuilderApi api, BuilderMetrics metrics, long maxBodyBytes) {
    this.access = access;
    this.api = api;
    this.metrics = metrics;
    this.maxBodyBytes = maxBodyBytes;
  }

  /// What a path leads to.
  private sealed interface Route {
    /// The name metrics know it by.
    String label();
  }

  /// Takes a body, from those who may add jobs.
  private record Write(String label, WriteHandler handler) implements Route {}

  /// Shows something to those who may look.
  private record Read(String label, ReadHandler handler) implements Route {}

  /// Answers anybody.
  private record Open(String label, ReadHandler handler) implements Route {}

  private record Nowhere(String label) implements Route {}

  @FunctionalInterface
  private interface WriteHandler {
    Reply handle(byte[] body) throws IOException;
  }

  @FunctionalInterface
  private interface ReadHandler {
    Reply handle() throws IOException;
  }

  /// Answers a request, whatever happens.
  Reply answer(Request request) {
    Route route = route(request);
    Reply reply;
    try {
      reply =
          switch (route) {
            case Write(String label, WriteHandler handler) -> write(request, handler);
            case Read(String label, ReadHandler handler) -> read(request, handler, true);
            case Open(String label, ReadHandler handler) -> read(request, handler, false);
            case Nowhere _ -> Reply.error(404, "there is nothing here; the page is at /");
          };
    } catch (TooLongException e) {
      reply = Reply.error(413, String.valueOf(e.getMessage()));
    } catch (MalformedNotificationException e) {
      reply = Reply.error(400, String.valueOf(e.getMessage()));
    } catch (QueueFullException e) {
      reply =
          Reply.error(429, String.valueOf(e.getMessage())).with("Retry-After", RETRY_AFTER_SECONDS);
    } catch (IOException | RuntimeException e) {
      log.error("{} {} failed", request.method(), route.label(), e);
      reply = Reply.error(500, "the builder failed at this; its log says why");
    }
    metrics.answered(route.label(), reply.status());
    return reply;
  }

  private Route route(Request request) {
    return switch (request.path()) {
      case "/notify" -> notification("notify", Optional.empty());
      case "/notify/distribution", "/notify/harbor", "/notify/ecr" -> {
        String format = request.path().substring("/notify/".length());
        yield notification("notify-" + format, NotificationFormat.of(format));
      }
      case "/api/jobs" ->
          request.method().equals("POST")
              ? new Write("submit", api::submit)
              : new Read("jobs", () -> api.jobs(request));
      case "/api/status" -> new Read("status", api::status);
      case "/metrics" ->
          new Read("metrics", () -> Reply.text(200, "text/plain; version=0.0.4", metrics.scrape()));
      case "/healthz" -> new Open("healthz", api::health);
      case "/" -> new Read("page", () -> asset("builder.html", "text/html"));
      case "/builder.css" -> new Read("page", () -> asset("builder.css", "text/css"));
      case "/builder.js" -> new Read("page", () -> asset("builder.js", "text/javascript"));
      default -> new Nowhere("none");
    };
  }

  private Route notification(String label, Optional<NotificationFormat> format) {
    return new Write(label, body -> api.notification(body, format));
  }

  private Reply write(Request request, WriteHandler handler) throws IOException {
    if (!request.method().equals("POST")) {
      return Reply.error(405, "only POST").with("Allow", "POST");
    }
    if (Access.showsNothing(request.credentials())) {
      return refusal(access.toWrite(request.credentials(), new byte[0])).orElseThrow();
    }
    if (!request.isJson()) {
      return Reply.error(415, "the body must be JSON, and Content-Type must say so");
    }
    byte[] body = request.readBody(maxBodyBytes);
    Optional<Reply> refusal = refusal(access.toWrite(request.credentials(), body));
    return refusal.isPresent() ? refusal.get() : handler.handle(body);
  }

  private Reply read(Request request, ReadHandler handler, boolean guarded) throws IOException {
    if (!Set.of("GET", "HEAD").contains(request.method())) {
      return Reply.error(405, "only GET").with("Allow", "GET, HEAD");
    }
    Optional<Reply> refusal =
        guarded ? refusal(access.toRead(request.credentials())) : Optional.empty();
    return refusal.isPresent() ? refusal.get() : handler.handle();
  }

  private static Optional<Reply> refusal(Access.Verdict verdict) {
    return switch (verdict) {
      case Access.Allowed _ -> Optional.empty();
      case Access.Unknown(String explanation) ->
          Optional.of(
              Reply.error(401, explanation)
                  .with("WWW-Authenticate", "Basic realm=\"thaw builder\", charset=\"UTF-8\""));
      case Access.Forbidden(String explanation) -> Optional.of(Reply.error(403, explanation));
    };
  }

  private static Reply asset(String name, String contentType) throws IOException {
    try (InputStream in = Routes.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing from the jar");
      }
      return new Reply(200, contentType + "; charset=utf-8", in.readAllBytes(), java.util.Map.of());
    }
  }
}
