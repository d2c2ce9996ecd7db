package io.thaw.registry;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Uploads blobs and manifests. A blob goes up in one piece (POST, then PUT); a failed try starts
/// over, and what the registry has already is not sent.
final class Pusher {

  private static final Logger log = LoggerFactory.getLogger(Pusher.class);

  private final Mirrors mirrors;
  private final RegistryHttp http;
  private final Retrier retrier;

  Pusher(Mirrors mirrors, RegistryHttp http, Retrier retrier) {
    this.mirrors = mirrors;
    this.http = http;
    this.retrier = retrier;
  }

  OptionalLong size(Repository repository, Digest digest) throws IOException {
    return retrier.run(() -> sizeOnce(repository, digest));
  }

  private OptionalLong sizeOnce(Repository repository, Digest digest) throws IOException {
    ApiRequest request =
        ApiRequest.head(
            mirrors.forPush(repository),
            repository,
            "/blobs/" + digest,
            "blob " + digest,
            Map.of());
    try (Answer answer = http.send(request)) {
      if (answer.status() == 404) {
        return OptionalLong.empty();
      }
      if (!answer.successful()) {
        throw http.failure(request, answer);
      }
      long size = answer.response().contentLength();
      if (size < 0) {
        throw Failures.malformed(
            Texts.authority(answer.servedFrom()),
            repository + ": HEAD of blob " + digest + " names no Content-Length");
      }
      return OptionalLong.of(size);
    }
  }

  RegistryClient.BlobPush blob(
      Repository repository,
      Digest digest,
      Transport.Content content,
      @Nullable Repository mountFrom)
      throws IOException {
    return retrier.run(() -> blobOnce(repository, digest, content, mountFrom));
  }

  private RegistryClient.BlobPush blobOnce(
      Repository repository,
      Digest digest,
      Transport.Content content,
      @Nullable Repository mountFrom)
      throws IOException {
    if (sizeOnce(repository, digest).isPresent()) {
      log.debug("{} has blob {} already", repository, digest);
      return RegistryClient.BlobPush.PRESENT;
    }
    Endpoint endpoint = mirrors.forPush(repository);
    URI upload = startOrMount(endpoint, repository, digest, mountFrom);
    if (upload == null) {
      log.debug("{}: blob {} mounted from {}", repository, digest, mountFrom);
      return RegistryClient.BlobPush.MOUNTED;
    }
    String separator = upload.getRawQuery() == null ? "?" : "&";
    ApiRequest put =
        new ApiRequest(
            "PUT",
            endpoint,
            URI.create(upload + separator + "digest=" + encode(digest.toString())),
            repository,
            Access.PUSH.scope(repository),
            "upload of blob " + digest,
            Map.of("Content-Type", "application/octet-stream"),
            content);
    boolean atHome = Hosts.sameOrigin(upload, endpoint.root());
    try (Answer answer = atHome ? http.send(put) : http.sendDirect(put)) {
      if (!answer.successful()) {
        throw http.failure(put, answer);
      }
    }
    return RegistryClient.BlobPush.UPLOADED;
  }

  /// As [#start]; a registry that will not hear of mounting, or not of that repository, is asked
  /// again for a plain upload.
  private @Nullable URI startOrMount(
      Endpoint endpoint, Repository repository, Digest digest, @Nullable Repository mountFrom)
      throws IOException {
    try {
      return start(endpoint, repository, digest, mountFrom);
    } catch (RegistryException e) {
      if (mountFrom == null || e.kind().retryable()) {
        throw e;
      }
      log.debug("{}: blob {} cannot be mounted from {}", repository, digest, mountFrom, e);
      return start(endpoint, repository, digest, null);
    }
  }

  /// Starts an upload; gives where to put the content, or null when the registry mounted the
  /// blob.
  private @Nullable URI start(
      Endpoint endpoint, Repository repository, Digest digest, @Nullable Repository mountFrom)
      throws IOException {
    String query = "";
    String scope = Access.PUSH.scope(repository);
    if (mountFrom != null && mountFrom.host().equals(repository.host())) {
      query = "?mount=" + encode(digest.toString()) + "&from=" + encode(mountFrom.path());
      scope += " " + Access.PULL.scope(mountFrom);
    }
    ApiRequest post =
        new ApiRequest(
            "POST",
            endpoint,
            endpoint.api(repository, "/blobs/uploads/" + query),
            repository,
            scope,
            "upload of blob " + digest,
            Map.of(),
            new Transport.Content(0, () -> new ByteArrayInputStream(new byte[0])));
    try (Answer answer = http.send(post)) {
      if (answer.status() == 201 && !query.isEmpty()) {
        return null;
      }
      if (!answer.successful()) {
        throw http.failure(post, answer);
      }
      URI from = answer.servedFrom();
      String location = answer.response().header("location").orElse("");
      if (location.isEmpty()) {
        throw Failures.malformed(
            Texts.authority(from), repository + ": the registry names no place to upload to");
      }
      URI upload = RegistryHttp.resolve(from, location);
      http.requireNoDowngrade(from, upload);
      return upload;
    }
  }

  RegistryClient.PushedManifest manifest(
      Repository repository, String identifier, Descriptor descriptor, byte[] bytes)
      throws IOException {
    Endpoint endpoint = mirrors.forPush(repository);
    ApiRequest put =
        new ApiRequest(
            "PUT",
            endpoint,
            endpoint.api(repository, "/manifests/" + identifier),
            repository,
            Access.PUSH.scope(repository),
            "upload of manifest " + identifier,
            Map.of("Content-Type", descriptor.mediaType()),
            new Transport.Content(bytes.length, () -> new ByteArrayInputStream(bytes)));
    return retrier.run(
        () -> {
          try (Answer answer = http.send(put)) {
            if (!answer.successful()) {
              throw http.failure(put, answer);
            }
            return new RegistryClient.PushedManifest(descriptor, subject(put, answer));
          }
        });
  }

  private static Optional<Digest> subject(ApiRequest put, Answer answer) {
    String value = answer.response().header("oci-subject").orElse("");
    try {
      return value.isEmpty() ? Optional.empty() : Optional.of(Digest.parse(value));
    } catch (IllegalArgumentException e) {
      log.debug("{} answered with an OCI-Subject that is no digest", put);
      return Optional.empty();
    }
  }

  private static String encode(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }
}
