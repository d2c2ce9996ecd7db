package io.thaw.registry;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Client of registries. Calls block until the answer's headers are there; bodies stream. Safe
/// for concurrent use by any number of threads.
///
/// Transient failures (connection, 408, 429, 5xx) are retried within the bounds of
/// [RegistryConfig.Retry]; what still fails is a [RegistryException]. An interrupted call throws
/// [java.io.InterruptedIOException] and leaves the thread's interrupt flag set.
public interface RegistryClient extends AutoCloseable {

  /// A client over the network. Close it when done.
  static RegistryClient create(RegistryConfig config, CredentialSource credentials) {
    return new HttpRegistryClient(
        config, credentials, new PooledTransport(config, new Hosts(config)), Environment.real());
  }

  /// What a reference points to, by HEAD and, where that does not tell, by GET.
  Descriptor resolve(Reference reference) throws IOException;

  /// The manifest with this digest; its bytes are verified.
  Manifest manifest(Repository repository, Digest digest) throws IOException;

  /// The manifest a tag points to now; verified against the digest the registry announces, if it
  /// does.
  Manifest manifest(Repository repository, String tag) throws IOException;

  /// The whole blob. Reading its end verifies the digest: a blob whose bytes differ throws a
  /// [RegistryException.Kind#CORRUPT] error instead of ending. A broken transfer is resumed where
  /// it stopped. Close the stream in any case; closing early aborts.
  InputStream blob(Repository repository, Digest digest) throws IOException;

  /// As [#blob(Repository, Digest)], and the size must be the descriptor's too. The read that
  /// would deliver the last byte already throws when the bytes are not the right ones.
  InputStream blob(Repository repository, Descriptor descriptor) throws IOException;

  /// Exactly the bytes `[start, end)` of a blob, unverified. A broken transfer is resumed where
  /// it stopped, a bounded number of times.
  ///
  /// @throws IllegalArgumentException unless `0 <= start < end`
  RangeResponse blobRange(Repository repository, Digest digest, long start, long end)
      throws IOException;

  /// Hosts seen to ignore range requests; every small read from one costs the bytes before it
  /// too.
  Set<String> hostsWithoutRanges();

  /// How often a mirror was found to serve wrong bytes and left alone for it.
  long mirrorsDistrusted();

  /// Tries each host of an image's registry once, mirrors first, without retries.
  ///
  /// @param blob a blob of the image to ask for a range of; null for none
  /// @throws IOException if it cannot be told which hosts there are, or the thread is interrupted
  List<HostProbe> probe(Reference reference, @Nullable Digest blob) throws IOException;

  /// Manifests that have the given one as their subject, by the referrers API or, where a
  /// registry lacks it, by the fallback tag.
  ///
  /// @param artifactType only referrers of this type, or null for all
  List<Referrer> referrers(Repository repository, Digest subject, @Nullable String artifactType)
      throws IOException;

  /// Size of a blob the repository has, or empty when it does not have it.
  OptionalLong blobExists(Repository repository, Digest digest) throws IOException;

  /// Uploads a blob, unless the repository has it or it can be mounted from another repository of
  /// the same registry. A registry that refuses to mount is sent the content.
  ///
  /// @param digest digest of the content, which the registry checks
  /// @param sizeBytes exact size of the content
  /// @param source opened only if bytes have to be sent, and again for every further try
  /// @param mountFrom repository to mount the blob from, tried first; or null
  BlobPush pushBlob(
      Repository repository,
      Digest digest,
      long sizeBytes,
      BlobSource source,
      @Nullable Repository mountFrom)
      throws IOException;

  /// Uploads a manifest under a tag.
  PushedManifest pushManifest(Repository repository, String tag, String mediaType, byte[] bytes)
      throws IOException;

  /// Uploads a manifest under its digest only.
  PushedManifest pushManifest(Repository repository, Digest digest, String mediaType, byte[] bytes)
      throws IOException;

  /// Ends idle connections; requests in flight fail.
  @Override
  void close();

  /// How a blob came to be in the repository it was pushed to.
  enum BlobPush {
    /// It was there.
    PRESENT,
    /// The registry took it from another repository.
    MOUNTED,
    /// Its bytes were sent.
    UPLOADED
  }

  /// Outcome of pushing a manifest.
  ///
  /// @param descriptor what was stored
  /// @param subject the subject the registry says it has linked the manifest to (`OCI-Subject`);
  ///     empty when the manifest has no subject or the registry does not keep referrers, in which
  ///     case the fallback tag is the pusher's duty
  record PushedManifest(Descriptor descriptor, Optional<Digest> subject) {}
}
