package io.thaw.registry;

import io.thaw.registry.hosts.Capability;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Resolves references and reads manifests.
final class Manifests {

  private static final Map<String, String> ACCEPT =
      Map.of(
          "Accept",
          String.join(
              ", ",
              "application/vnd.oci.image.index.v1+json",
              "application/vnd.oci.image.manifest.v1+json",
              "application/vnd.docker.distribution.manifest.list.v2+json",
              "application/vnd.docker.distribution.manifest.v2+json",
              "application/vnd.oci.artifact.manifest.v1+json",
              "*/*"));

  private static final String SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+";

  private final RegistryConfig config;
  private final Mirrors mirrors;
  private final RegistryHttp http;
  private final Retrier retrier;

  Manifests(RegistryConfig config, Mirrors mirrors, RegistryHttp http, Retrier retrier) {
    this.config = config;
    this.mirrors = mirrors;
    this.http = http;
    this.retrier = retrier;
  }

  Descriptor resolve(Reference reference) throws IOException {
    Optional<Descriptor> known =
        retrier.run(
            () ->
                mirrors.run(
                    reference.repository(),
                    capability(reference.digest()),
                    endpoint -> head(endpoint, reference)));
    if (known.isPresent()) {
      return known.get();
    }
    Digest digest = reference.digest();
    return get(reference.repository(), reference.identifier(), digest).descriptor();
  }

  /// What HEAD tells; empty when it does not tell everything.
  private Optional<Descriptor> head(Endpoint endpoint, Reference reference) throws IOException {
    ApiRequest request = request("HEAD", endpoint, reference.repository(), reference.identifier());
    try (Answer answer = http.send(request)) {
      if (answer.status() == 400 || answer.status() == 405 || answer.status() == 501) {
        return Optional.empty();
      }
      if (!answer.successful()) {
        throw http.failure(request, answer);
      }
      Digest announced = announcedDigest(request, answer);
      Digest digest = reference.digest() != null ? reference.digest() : announced;
      String mediaType = contentType(answer);
      long size = answer.response().contentLength();
      if (digest == null || mediaType == null || size < 0) {
        return Optional.empty();
      }
      if (announced != null
          && announced.algorithm().equals(digest.algorithm())
          && !announced.equals(digest)) {
        throw corrupt(request, answer, announced, digest);
      }
      return Optional.of(new Descriptor(mediaType, digest, size));
    }
  }

  /// Reads a manifest by tag or digest.
  ///
  /// @param expected the digest its bytes must have, or null to take the one the registry
  ///     announces
  Manifest get(Repository repository, String identifier, @Nullable Digest expected)
      throws IOException {
    return retrier.run(
        () ->
            mirrors.run(
                repository,
                capability(expected),
                endpoint -> getOnce(request("GET", endpoint, repository, identifier), expected)));
  }

  /// What can be verified may come from any host; what a tag points to has to be believed.
  private static Capability capability(@Nullable Digest expected) {
    return expected == null ? Capability.RESOLVE : Capability.PULL;
  }

  private Manifest getOnce(ApiRequest request, @Nullable Digest expected) throws IOException {
    try (Answer answer = http.send(request)) {
      if (!answer.successful()) {
        throw http.failure(request, answer);
      }
      byte[] bytes = Bodies.readBounded(request, answer, config.limits().maxManifestBytes());
      String mediaType = contentType(answer);
      if (mediaType != null && mediaType.startsWith(SCHEMA_1)) {
        throw schema1(request, answer);
      }
      Digest wanted = expected != null ? expected : announcedDigest(request, answer);
      Digest actual =
          wanted == null
              ? Digest.sha256(bytes)
              : Digest.of(wanted.algorithm(), wanted.newMessageDigest().digest(bytes));
      if (wanted != null && !wanted.equals(actual)) {
        throw corrupt(request, answer, actual, wanted);
      }
      if (mediaType == null) {
        mediaType = ownMediaType(request, answer, bytes);
      }
      return new Manifest(new Descriptor(mediaType, actual, bytes.length), bytes);
    }
  }

  static ApiRequest request(
      String method, Endpoint endpoint, Repository repository, String identifier) {
    String rest = "/manifests/" + identifier;
    String what = "manifest " + identifier;
    return method.equals("HEAD")
        ? ApiRequest.head(endpoint, repository, rest, what, ACCEPT)
        : ApiRequest.get(endpoint, repository, rest, what, ACCEPT);
  }

  /// The answer's media type without parameters; null when it says nothing about the content.
  static @Nullable String contentType(Answer answer) {
    String value = answer.response().header("content-type").orElse("");
    int semicolon = value.indexOf(';');
    String type =
        (semicolon < 0 ? value : value.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
    return switch (type) {
      case "", "application/json", "application/octet-stream", "text/plain" -> null;
      default -> type;
    };
  }

  private static String ownMediaType(ApiRequest request, Answer answer, byte[] bytes)
      throws IOException {
    String host = Texts.authority(answer.servedFrom());
    String type;
    try {
      type = Failures.text(Json.parse(bytes), "mediaType");
    } catch (IOException e) {
      throw Failures.malformed(
          host, request.repository() + ": " + request.what() + ": " + e.getMessage());
    }
    if (type == null || type.isEmpty()) {
      throw Failures.malformed(
          host,
          request.repository()
              + ": "
              + request.what()
              + ": neither the Content-Type nor the document names a media type");
    }
    return type;
  }

  private static @Nullable Digest announcedDigest(ApiRequest request, Answer answer)
      throws RegistryException {
    String value = answer.response().header("docker-content-digest").orElse("");
    if (value.isEmpty()) {
      return null;
    }
    try {
      return Digest.parse(value);
    } catch (IllegalArgumentException e) {
      throw new RegistryException(
          RegistryException.Kind.MALFORMED,
          Texts.authority(answer.servedFrom()),
          answer.status(),
          request.repository()
              + ": "
              + request.what()
              + ": Docker-Content-Digest is no digest: "
              + e.getMessage(),
          e,
          null);
    }
  }

  /// Said before its digest is compared: that is of what was signed, not of what is sent.
  private static RegistryException schema1(ApiRequest request, Answer answer) {
    return Failures.malformed(
        Texts.authority(answer.servedFrom()),
        request.repository()
            + ": "
            + request.what()
            + " is in Docker's schema 1 format, which names no layer sizes and which registries no"
            + " longer take; push it again with a current tool, for example \"skopeo copy --format"
            + " oci docker://... docker://...\"");
  }

  private static RegistryException corrupt(
      ApiRequest request, Answer answer, Digest actual, Digest wanted) {
    return new RegistryException(
        RegistryException.Kind.CORRUPT,
        Texts.authority(answer.servedFrom()),
        answer.status(),
        request.repository()
            + ": "
            + request.what()
            + " has the digest "
            + actual
            + " instead of "
            + wanted
            + "; push it again");
  }
}
