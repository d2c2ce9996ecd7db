package io.thaw.registry;

import io.thaw.registry.HostProbe.Ranges;
import io.thaw.registry.hosts.Capability;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Tries every host of a registry once, whatever is known of its health, and changes nothing of
/// that.
final class Prober {

  /// Dates in headers have whole seconds: on average half of one has passed.
  private static final Duration HALF_SECOND = Duration.ofMillis(500);

  private final Hosts hosts;
  private final RegistryHttp http;
  private final Environment environment;

  Prober(Hosts hosts, RegistryHttp http, Environment environment) {
    this.hosts = hosts;
    this.http = http;
    this.environment = environment;
  }

  /// Asks each host for the manifest, and those that have it for a byte of the blob.
  ///
  /// @throws IOException if no host can be named, or the thread is interrupted
  List<HostProbe> probe(Reference reference, @Nullable Digest blob) throws IOException {
    List<HostProbe> probes = new ArrayList<>();
    for (Endpoint endpoint : hosts.endpoints(reference.repository(), Capability.PULL)) {
      probes.add(probe(endpoint, reference, blob));
    }
    return probes;
  }

  private HostProbe probe(Endpoint endpoint, Reference reference, @Nullable Digest blob)
      throws IOException {
    ApiRequest request =
        Manifests.request("HEAD", endpoint, reference.repository(), reference.identifier());
    Instant asked = environment.clock().instant();
    long start = System.nanoTime();
    RegistryException failure = null;
    Duration clockAhead = null;
    Duration first;
    try (Answer answer = http.send(request)) {
      first = since(start);
      clockAhead = answer.foreign() ? null : clockAhead(answer, asked.plus(first.dividedBy(2)));
      if (!answer.successful()) {
        failure = http.failure(request, answer);
      }
    } catch (RegistryException e) {
      first = since(start);
      failure = e;
    }
    Sample sample =
        failure == null && blob != null
            ? sample(endpoint, reference.repository(), blob)
            : new Sample(Ranges.UNKNOWN, null);
    return new HostProbe(
        endpoint.root().getScheme() + "://" + endpoint.authority(),
        endpoint.mirror(),
        endpoint.credentialName(reference.repository()),
        Optional.ofNullable(failure),
        first,
        Optional.ofNullable(sample.answered),
        sample.ranges,
        Optional.ofNullable(clockAhead));
  }

  private record Sample(Ranges ranges, @Nullable Duration answered) {}

  /// Asks for the blob's first byte, of which any blob has one.
  private Sample sample(Endpoint endpoint, Repository repository, Digest blob) throws IOException {
    ApiRequest request =
        ApiRequest.get(
            endpoint,
            repository,
            "/blobs/" + blob,
            "blob " + blob,
            Map.of("Accept-Encoding", "identity", "Range", "bytes=0-0"));
    long start = System.nanoTime();
    // Closed unread: a host that ignores ranges sends all of it.
    try (Answer answer = http.send(request)) {
      Duration answered = since(start);
      return switch (answer.status()) {
        case 206 -> new Sample(Ranges.HONOURED, answered);
        case 200 -> new Sample(Ranges.IGNORED, answered);
        default -> new Sample(Ranges.REFUSED, answered);
      };
    } catch (RegistryException e) {
      return new Sample(Ranges.REFUSED, since(start));
    }
  }

  private static Duration since(long startNanos) {
    return Duration.ofNanos(System.nanoTime() - startNanos);
  }

  private static @Nullable Duration clockAhead(Answer answer, Instant ours) {
    String date = answer.response().header("date").orElse("");
    try {
      Instant theirs = ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return Duration.between(ours, theirs.plus(HALF_SECOND));
    } catch (DateTimeParseException e) {
      return null; // it does not say
    }
  }
}
