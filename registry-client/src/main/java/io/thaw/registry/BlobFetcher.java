package io.thaw.registry;

import io.thaw.registry.hosts.Capability;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Opens blobs at a position, one try each.
///
/// Where the registry redirects a blob to its storage, the link is kept and used for later ranges
/// without asking the registry. A link that no longer works, because it expired or the storage
/// moved, is dropped and resolved again once per try.
final class BlobFetcher {

  private static final Logger log = LoggerFactory.getLogger(BlobFetcher.class);
  private static final int MAX_LINKS = 4096;
  private static final int MAX_HOSTS = 1000;
  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes ([0-9]{1,18})-([0-9]{1,18})/(?:[0-9]{1,18}|\\*)");

  /// Marks a blob whose end is not known before it is reached.
  static final long UNKNOWN = -1;

  private final RegistryConfig config;
  private final Mirrors mirrors;
  private final RegistryHttp http;
  private final BoundedCache<Blob, Link> links = new BoundedCache<>(MAX_LINKS);
  private final Set<String> withoutRanges = ConcurrentHashMap.newKeySet();

  /// Where an endpoint's storage has a blob.
  private record Link(Endpoint endpoint, URI uri) {}

  /// A blob in a repository.
  record Blob(Repository repository, Digest digest) {}

  /// A blob's body, positioned at the byte asked for.
  ///
  /// @param endpoint the host that was asked for it
  /// @param end offset after the last byte that comes, or [#UNKNOWN]
  /// @param exact whether the body ends there, so that the connection can be used again
  record Opened(Endpoint endpoint, Answer answer, long end, boolean rangeHonored, boolean exact) {

    InputStream body() {
      return answer.response().body();
    }

    String host() {
      return Texts.authority(answer.servedFrom());
    }
  }

  BlobFetcher(RegistryConfig config, Mirrors mirrors, RegistryHttp http) {
    this.config = config;
    this.mirrors = mirrors;
    this.http = http;
  }

  Set<String> hostsWithoutRanges() {
    return Set.copyOf(withoutRanges);
  }

  /// Opens a blob at `start`.
  ///
  /// @param end offset after the last byte wanted, or [#UNKNOWN] for all that is left
  Opened open(Blob blob, long start, long end) throws IOException {
    boolean ranged = start > 0 || end != UNKNOWN;
    Map<String, String> headers = new HashMap<>();
    headers.put("Accept-Encoding", "identity");
    String what = "blob " + blob.digest();
    if (ranged) {
      String range = start + "-" + (end == UNKNOWN ? "" : end - 1);
      headers.put("Range", "bytes=" + range);
      what += " bytes " + range;
    }
    String wanted = what;
    Link link = links.get(blob);
    if (link != null && mirrors.trusts(link.endpoint())) {
      Opened opened =
          useLink(blob, link, request(link.endpoint(), blob, wanted, headers), start, end);
      if (opened != null) {
        return opened;
      }
    }
    return mirrors.run(
        blob.repository(),
        Capability.PULL,
        endpoint -> {
          ApiRequest request = request(endpoint, blob, wanted, headers);
          return checked(request, locate(blob, request, link == null), start, end);
        });
  }

  /// Takes note that the body broke before its end.
  void broke(Opened opened, String why) {
    mirrors.broke(opened.endpoint(), why);
  }

  /// Takes note that bytes of the blob were wrong: where storage was known to have it is forgotten.
  ///
  /// @param servedBy the hosts that were asked for them
  /// @return whether another host is asked from now on
  boolean corrupt(Blob blob, Set<Endpoint> servedBy, String why) {
    Link link = links.get(blob);
    if (link != null) {
      links.remove(blob, link);
    }
    boolean others = false;
    for (Endpoint endpoint : servedBy) {
      others |= mirrors.corrupt(endpoint, why);
    }
    return others;
  }

  private static ApiRequest request(
      Endpoint endpoint, Blob blob, String what, Map<String, String> headers) {
    return ApiRequest.get(endpoint, blob.repository(), "/blobs/" + blob.digest(), what, headers);
  }

  private Opened checked(ApiRequest request, Answer answer, long start, long end)
      throws IOException {
    boolean passed = false;
    try {
      Opened opened = accept(request, answer, start, end, start > 0 || end != UNKNOWN);
      passed = true;
      return opened;
    } catch (IOException e) {
      throw Bodies.broken(answer, e);
    } finally {
      if (!passed) {
        answer.close();
      }
    }
  }

  /// @param again whether a link that is refused at once is resolved a second time
  private Answer locate(Blob blob, ApiRequest request, boolean again) throws IOException {
    Answer answer = resolve(blob, request);
    if (again && answer.foreign() && expired(answer.status())) {
      Bodies.discard(answer.response());
      answer = resolve(blob, request);
    }
    return answer;
  }

  /// What the kept link gives, or null when it does not work any more and has been dropped.
  private @Nullable Opened useLink(Blob blob, Link link, ApiRequest request, long start, long end)
      throws IOException {
    Answer answer = null;
    try {
      answer = http.sendDirect(request.with("GET", link.uri()));
    } catch (RegistryException e) {
      log.debug("link to {} failed, asking the registry again: {}", blob.digest(), e.getMessage());
    }
    if (answer != null && !expired(answer.status())) {
      return checked(request, answer, start, end);
    }
    if (answer != null) {
      Bodies.discard(answer.response());
      log.debug("link to {} of {} has expired", blob.digest(), blob.repository());
    }
    links.remove(blob, link);
    return null;
  }

  private Answer resolve(Blob blob, ApiRequest request) throws IOException {
    Answer answer = http.send(request);
    if (answer.foreign() && answer.successful()) {
      links.put(blob, new Link(request.endpoint(), answer.servedFrom()));
    }
    return answer;
  }

  /// Answers by which storages refuse a link whose time is over.
  private static boolean expired(int status) {
    return status == 400 || status == 401 || status == 403 || status == 404 || status == 410;
  }

  private Opened accept(ApiRequest request, Answer answer, long start, long end, boolean ranged)
      throws IOException {
    Transport.Response response = answer.response();
    String encoding = response.header("content-encoding").orElse("identity");
    if (answer.successful() && !encoding.equalsIgnoreCase("identity")) {
      throw malformed(request, answer, "has the Content-Encoding " + Texts.quoted(encoding));
    }
    return switch (response.status()) {
      case 200 -> acceptWhole(request, answer, start, end, ranged);
      case 206 -> acceptPart(request, answer, start, end, ranged);
      case 416 -> throw outside(request, answer);
      default -> throw http.failure(request, answer);
    };
  }

  /// The server sent everything: skips to the start.
  private Opened acceptWhole(
      ApiRequest request, Answer answer, long start, long end, boolean ranged) throws IOException {
    long length = answer.response().contentLength();
    if (length >= 0 && length < Math.max(start, end)) {
      throw new RegistryException(
          RegistryException.Kind.RANGE,
          Texts.authority(answer.servedFrom()),
          200,
          request.repository()
              + ": "
              + request.what()
              + ": the blob has only "
              + length
              + " bytes");
    }
    boolean all = start == 0 && (end == UNKNOWN || end == length);
    if (ranged && !all) {
      noteNoRanges(request, answer, start);
    }
    answer.response().body().skipNBytes(start);
    return new Opened(
        request.endpoint(), answer, end == UNKNOWN ? length : end, all, all && length >= 0);
  }

  private void noteNoRanges(ApiRequest request, Answer answer, long start)
      throws RegistryException {
    String host = Texts.authority(answer.servedFrom());
    if (withoutRanges.size() < MAX_HOSTS && withoutRanges.add(host)) {
      log.warn("{} ignores range requests; lazy reads from it cost whole blobs", host);
    }
    long limit = config.limits().maxSkipBytes();
    if (start > limit) {
      throw new RegistryException(
          RegistryException.Kind.RANGE,
          host,
          200,
          request.repository()
              + ": "
              + request.what()
              + ": "
              + host
              + " ignores ranges, and the range begins beyond the skip limit of "
              + limit
              + " bytes; fetch the whole blob instead");
    }
  }

  private static Opened acceptPart(
      ApiRequest request, Answer answer, long start, long end, boolean ranged) throws IOException {
    String value = answer.response().header("content-range").orElse("");
    Matcher matcher = CONTENT_RANGE.matcher(value);
    if (!ranged || !matcher.matches()) {
      throw malformed(
          request, answer, "has status 206 and the Content-Range " + Texts.quoted(value));
    }
    long first = Long.parseLong(matcher.group(1));
    long after = Long.parseLong(matcher.group(2)) + 1;
    if (first > start || after <= start) {
      throw malformed(request, answer, "covers other bytes, " + Texts.quoted(value));
    }
    if (end != UNKNOWN && after < end) {
      throw new RegistryException(
          RegistryException.Kind.RANGE,
          Texts.authority(answer.servedFrom()),
          206,
          request.repository()
              + ": "
              + request.what()
              + ": the server gives only "
              + Texts.quoted(value));
    }
    answer.response().body().skipNBytes(start - first);
    long until = end == UNKNOWN ? after : end;
    boolean exact = after == until && answer.response().contentLength() >= 0;
    return new Opened(request.endpoint(), answer, until, true, exact);
  }

  private static RegistryException outside(ApiRequest request, Answer answer) {
    String value = answer.response().header("content-range").orElse("");
    return new RegistryException(
        RegistryException.Kind.RANGE,
        Texts.authority(answer.servedFrom()),
        416,
        request.repository()
            + ": "
            + request.what()
            + " is outside the blob"
            + (value.isEmpty() ? "" : ", whose size is " + Texts.quoted(value)));
  }

  private static RegistryException malformed(ApiRequest request, Answer answer, String what) {
    return Failures.malformed(
        Texts.authority(answer.servedFrom()),
        request.repository()
            + ": "
            + request.what()
            + ": the answer of "
            + Texts.authority(answer.servedFrom())
            + " "
            + what);
  }
}
