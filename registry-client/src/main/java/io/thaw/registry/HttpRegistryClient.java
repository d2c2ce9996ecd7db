package io.thaw.registry;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The client over HTTP: puts the parts together, each of which has one duty.
final class HttpRegistryClient implements RegistryClient {

  private final Transport transport;
  private final Retrier retrier;
  private final Mirrors mirrors;
  private final Manifests manifests;
  private final BlobFetcher blobs;
  private final Referrers referrers;
  private final Pusher pusher;
  private final Prober prober;

  HttpRegistryClient(
      RegistryConfig config, CredentialSource credentials, Transport raw, Environment environment) {
    Hosts hosts = new Hosts(config);
    Failures failures = new Failures(environment.clock());
    this.transport = new HostGate(raw, config.limits().maxConcurrentPerHost());
    TokenFetcher tokens =
        new TokenFetcher(transport, hosts, credentials, environment, failures, config.userAgent());
    RegistryHttp http =
        new RegistryHttp(config, hosts, transport, new Authorizer(tokens, environment), failures);
    this.mirrors = new Mirrors(hosts, new MirrorHealth(environment));
    this.retrier = new Retrier(config.retry(), environment);
    this.manifests = new Manifests(config, mirrors, http, retrier);
    this.blobs = new BlobFetcher(config, mirrors, http);
    this.referrers = new Referrers(config, mirrors, http, retrier, manifests);
    this.pusher = new Pusher(mirrors, http, retrier);
    this.prober = new Prober(hosts, http, environment);
  }

  @Override
  public Descriptor resolve(Reference reference) throws IOException {
    return manifests.resolve(reference);
  }

  @Override
  public Manifest manifest(Repository repository, Digest digest) throws IOException {
    return manifests.get(repository, digest.toString(), digest);
  }

  @Override
  public Manifest manifest(Repository repository, String tag) throws IOException {
    Reference.checkTag(tag);
    return manifests.get(repository, tag, null);
  }

  @Override
  public InputStream blob(Repository repository, Digest digest) throws IOException {
    var blob = new BlobFetcher.Blob(repository, digest);
    Started started = stream(blob, 0, BlobFetcher.UNKNOWN);
    return new VerifyingStream(started.body, blob, BlobFetcher.UNKNOWN, started.origin);
  }

  @Override
  public InputStream blob(Repository repository, Descriptor descriptor) throws IOException {
    var blob = new BlobFetcher.Blob(repository, descriptor.digest());
    Started started = stream(blob, 0, BlobFetcher.UNKNOWN);
    long announced = started.opened.end();
    if (announced != BlobFetcher.UNKNOWN && announced != descriptor.sizeBytes()) {
      started.body.close();
      String what =
          repository
              + ": blob "
              + descriptor.digest()
              + " has "
              + announced
              + " bytes instead of "
              + descriptor.sizeBytes();
      var _ = started.origin.distrust(what);
      throw new RegistryException(RegistryException.Kind.CORRUPT, started.opened.host(), 200, what);
    }
    return new VerifyingStream(started.body, blob, descriptor.sizeBytes(), started.origin);
  }

  @Override
  public RangeResponse blobRange(Repository repository, Digest digest, long start, long end)
      throws IOException {
    if (start < 0 || end <= start) {
      throw new IllegalArgumentException("not a range: [" + start + ", " + end + ")");
    }
    Started started = stream(new BlobFetcher.Blob(repository, digest), start, end);
    return new RangeResponse(
        start,
        end,
        started.opened.rangeHonored(),
        started.opened.host(),
        started.body,
        started.origin);
  }

  private record Started(
      BlobFetcher.Opened opened, InputStream body, RangeResponse.Origin origin) {}

  private Started stream(BlobFetcher.Blob blob, long start, long end) throws IOException {
    BlobFetcher.Opened opened = retrier.run(() -> blobs.open(blob, start, end));
    ResumingStream body =
        new ResumingStream(
            new ResumingStream.Opener() {
              @Override
              public BlobFetcher.Opened open(long offset) throws IOException {
                return blobs.open(blob, offset, opened.end());
              }

              @Override
              public void broke(BlobFetcher.Opened transfer, RegistryException failure) {
                blobs.broke(transfer, String.valueOf(failure.getMessage()));
              }
            },
            retrier,
            opened,
            start);
    // Not the stream itself, whose connection it would hold.
    Set<Endpoint> servedBy = body.servedBy();
    return new Started(opened, body, why -> blobs.corrupt(blob, servedBy, why));
  }

  @Override
  public long mirrorsDistrusted() {
    return mirrors.distrusted();
  }

  @Override
  public Set<String> hostsWithoutRanges() {
    return blobs.hostsWithoutRanges();
  }

  @Override
  public List<HostProbe> probe(Reference reference, @Nullable Digest blob) throws IOException {
    return prober.probe(reference, blob);
  }

  @Override
  public List<Referrer> referrers(
      Repository repository, Digest subject, @Nullable String artifactType) throws IOException {
    return referrers.list(repository, subject, artifactType);
  }

  @Override
  public OptionalLong blobExists(Repository repository, Digest digest) throws IOException {
    return pusher.size(repository, digest);
  }

  @Override
  public BlobPush pushBlob(
      Repository repository,
      Digest digest,
      long sizeBytes,
      BlobSource source,
      @Nullable Repository mountFrom)
      throws IOException {
    if (sizeBytes < 0) {
      throw new IllegalArgumentException("blob " + digest + " has the size " + sizeBytes);
    }
    return pusher.blob(repository, digest, new Transport.Content(sizeBytes, source), mountFrom);
  }

  @Override
  public PushedManifest pushManifest(
      Repository repository, String tag, String mediaType, byte[] bytes) throws IOException {
    Reference.checkTag(tag);
    Descriptor descriptor = new Descriptor(mediaType, Digest.sha256(bytes), bytes.length);
    return pusher.manifest(repository, tag, descriptor, bytes);
  }

  @Override
  public PushedManifest pushManifest(
      Repository repository, Digest digest, String mediaType, byte[] bytes) throws IOException {
    Digest actual = Digest.of(digest.algorithm(), digest.newMessageDigest().digest(bytes));
    if (!actual.equals(digest)) {
      throw new IllegalArgumentException("manifest has the digest " + actual + ", not " + digest);
    }
    Descriptor descriptor = new Descriptor(mediaType, digest, bytes.length);
    return pusher.manifest(repository, digest.toString(), descriptor, bytes);
  }

  @Override
  public void close() {
    retrier.stop();
    transport.close();
  }
}
