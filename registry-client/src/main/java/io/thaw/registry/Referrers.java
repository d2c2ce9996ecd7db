package io.thaw.registry;

import com.fasterxml.jackson.databind.JsonNode;
import io.thaw.registry.hosts.Capability;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Lists the referrers of a manifest: by the API, page by page, or, where the registry does not
/// have it, from the index under the fallback tag `<algorithm>-<hex>` (OCI distribution
/// specification, "Listing Referrers").
final class Referrers {

  private static final Logger log = LoggerFactory.getLogger(Referrers.class);
  private static final int MAX_PAGES = 256;
  private static final int MAX_ANNOTATIONS = 1000;
  private static final String INDEX = "application/vnd.oci.image.index.v1+json";
  private static final Pattern NEXT =
      Pattern.compile("<([^>]{1,4096})>[^,]*;\\s*rel=\"?next\"?", Pattern.CASE_INSENSITIVE);

  private final RegistryConfig config;
  private final Mirrors mirrors;
  private final RegistryHttp http;
  private final Retrier retrier;
  private final Manifests manifests;

  /// One page; `items` is null when the registry does not have the API.
  ///
  /// @param next request for the page after it, or null
  private record Page(@Nullable JsonNode items, @Nullable ApiRequest next) {}

  Referrers(
      RegistryConfig config,
      Mirrors mirrors,
      RegistryHttp http,
      Retrier retrier,
      Manifests manifests) {
    this.config = config;
    this.mirrors = mirrors;
    this.http = http;
    this.retrier = retrier;
    this.manifests = manifests;
  }

  List<Referrer> list(Repository repository, Digest subject, @Nullable String artifactType)
      throws IOException {
    String query =
        artifactType == null
            ? ""
            : "?artifactType=" + URLEncoder.encode(artifactType, StandardCharsets.UTF_8);
    List<Referrer> found = new ArrayList<>();
    Page page =
        retrier.run(
            () ->
                mirrors.run(
                    repository,
                    Capability.REFERRERS,
                    endpoint -> page(first(endpoint, repository, subject, query))));
    for (int pages = 1; page.items() != null; pages++) {
      collect(repository, page.items(), artifactType, found);
      ApiRequest next = page.next();
      if (next == null) {
        return found;
      }
      if (pages == MAX_PAGES) {
        throw Failures.malformed(
            repository.host(),
            repository + ": referrers of " + subject + " go on after " + MAX_PAGES + " pages");
      }
      page = retrier.run(() -> page(next));
      if (page.items() == null) {
        return found;
      }
    }
    return byTag(repository, subject, artifactType);
  }

  private static ApiRequest first(
      Endpoint endpoint, Repository repository, Digest subject, String query) {
    return ApiRequest.get(
        endpoint,
        repository,
        "/referrers/" + subject + query,
        "referrers of " + subject,
        Map.of("Accept", INDEX));
  }

  private Page page(ApiRequest request) throws IOException {
    try (Answer answer = http.send(request)) {
      String type = Manifests.contentType(answer);
      boolean unsupported =
          switch (answer.status()) {
            case 400, 404, 405, 501 -> true;
            case 200 -> type != null && !type.equals(INDEX);
            default -> false;
          };
      if (unsupported && request.endpoint().mirror()) {
        // Another host may have the API.
        throw http.failure(request, answer);
      }
      if (unsupported) {
        Bodies.discard(answer.response());
        return new Page(null, null);
      }
      if (!answer.successful()) {
        throw http.failure(request, answer);
      }
      byte[] bytes = Bodies.readBounded(request, answer, config.limits().maxManifestBytes());
      return new Page(items(request.repository(), request.what(), bytes), next(request, answer));
    }
  }

  private @Nullable ApiRequest next(ApiRequest request, Answer answer) throws RegistryException {
    for (String link : answer.response().headers().allValues("link")) {
      Matcher matcher = NEXT.matcher(link);
      if (matcher.find()) {
        URI next = RegistryHttp.resolve(request.uri(), matcher.group(1));
        if (!Hosts.sameOrigin(next, request.uri())) {
          throw Failures.malformed(
              request.repository().host(),
              request.repository()
                  + ": the next page of "
                  + request.what()
                  + " is on another host, "
                  + Texts.authority(next));
        }
        return request.with("GET", next);
      }
    }
    return null;
  }

  private List<Referrer> byTag(Repository repository, Digest subject, @Nullable String artifactType)
      throws IOException {
    String tag = subject.algorithm() + "-" + subject.hex();
    log.debug("{} has no referrers API, looking at tag {}", repository.host(), tag);
    Optional<Manifest> index = manifestIfThere(repository, tag);
    List<Referrer> found = new ArrayList<>();
    if (index.isPresent()) {
      String what = "referrers tag " + tag;
      collect(repository, items(repository, what, index.get().bytes()), artifactType, found);
    }
    return found;
  }

  private Optional<Manifest> manifestIfThere(Repository repository, String tag) throws IOException {
    try {
      return Optional.of(manifests.get(repository, tag, null));
    } catch (RegistryException e) {
      if (e.kind() == RegistryException.Kind.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static JsonNode items(Repository repository, String what, byte[] bytes)
      throws RegistryException {
    JsonNode items;
    try {
      items = Json.parse(bytes).path("manifests");
    } catch (IOException e) {
      throw Failures.malformed(repository.host(), repository + ": " + what + ": " + e.getMessage());
    }
    if (!items.isArray() && !items.isNull() && !items.isMissingNode()) {
      throw Failures.malformed(
          repository.host(), repository + ": " + what + ": \"manifests\" is no list");
    }
    return items;
  }

  private void collect(
      Repository repository, JsonNode items, @Nullable String artifactType, List<Referrer> found)
      throws RegistryException {
    for (JsonNode item : items) {
      Referrer referrer = referrer(repository, item);
      // Registries may ignore the filter, and the fallback tag has none.
      if (artifactType != null && !artifactType.equals(referrer.artifactType())) {
        continue;
      }
      if (found.size() == config.limits().maxReferrers()) {
        throw Failures.malformed(
            repository.host(),
            repository + " lists more referrers than the limit of " + found.size());
      }
      found.add(referrer);
    }
  }

  private static Referrer referrer(Repository repository, JsonNode item) throws RegistryException {
    try {
      String mediaType = Failures.text(item, "mediaType");
      String digest = Failures.text(item, "digest");
      Descriptor descriptor =
          new Descriptor(
              mediaType == null ? "" : mediaType,
              Digest.parse(digest == null ? "" : digest),
              item.path("size").asLong(-1));
      return new Referrer(
          descriptor, Failures.text(item, "artifactType"), annotations(item.path("annotations")));
    } catch (IllegalArgumentException e) {
      throw new RegistryException(
          RegistryException.Kind.MALFORMED,
          repository.host(),
          0,
          repository + ": a listed referrer is no descriptor: " + e.getMessage(),
          e,
          null);
    }
  }

  private static Map<String, String> annotations(JsonNode node) {
    Map<String, String> annotations = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (field.getValue().isTextual() && annotations.size() < MAX_ANNOTATIONS) {
        annotations.put(field.getKey(), field.getValue().textValue());
      }
    }
    return annotations;
  }
}
