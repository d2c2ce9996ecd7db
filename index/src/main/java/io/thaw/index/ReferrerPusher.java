package io.thaw.index;

import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciReader;
import io.thaw.index.oci.WriteProgress;
import io.thaw.index.oci.WriteReport;
import io.thaw.index.place.BlobUploader;
import io.thaw.index.place.ReferrersTag;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Referrer;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/// Uploads v1 indexes, which name their image as subject.
///
/// A registry that keeps referrers says so when it accepts the manifest. For one that does not,
/// the pusher keeps the list itself, under the tag that {@link ReferrersTag} knows.
public final class ReferrerPusher {
  private final RegistryClient registry;
  private final int parallel;
  private final ExistingIndex policy;
  private final WriteProgress progress;

  public ReferrerPusher(RegistryClient registry) {
    this(registry, BlobUploader.DEFAULT_PARALLEL);
  }

  public ReferrerPusher(RegistryClient registry, int parallel) {
    this(registry, parallel, ExistingIndex.ALLOW, WriteProgress.NONE);
  }

  /// @param parallel how many zTOCs are sent at once
  public ReferrerPusher(
      RegistryClient registry, int parallel, ExistingIndex policy, WriteProgress progress) {
    this.registry = registry;
    this.parallel = parallel;
    this.policy = policy;
    this.progress = progress;
  }

  /// Pushes an index with its zTOCs, and makes it a referrer of its subject.
  ///
  /// @throws IllegalArgumentException if the index has no subject, as v2 indexes have none
  public ReferrerReport push(Repository repository, IndexBuilder.BuiltIndex built)
      throws IOException {
    return push(repository, built.bytes(), built.blobs());
  }

  /// Pushes an index that was made earlier, perhaps by another tool, byte for byte.
  ///
  /// @param manifest the bytes of the index manifest, which the caller has verified
  /// @param blobs what the index refers to
  /// @throws IllegalArgumentException if the index has no subject, as v2 indexes have none
  /// @throws io.thaw.index.oci.MalformedManifestException if the bytes are no index
  public ReferrerReport push(Repository repository, byte[] manifest, Map<Digest, BlobContent> blobs)
      throws IOException {
    SociIndex index = SociIndexReader.read(manifest);
    Descriptor descriptor =
        new Descriptor(MediaTypes.OCI_MANIFEST, Digest.sha256(manifest), manifest.length);
    Digest subject =
        index
            .subject()
            .orElseThrow(() -> new IllegalArgumentException("a v2 index is pushed with its image"))
            .digest();
    List<Digest> existing = existing(repository, subject, descriptor.digest());
    if (policy == ExistingIndex.SKIP && !existing.isEmpty()) {
      return new ReferrerReport(new WriteReport(descriptor, 0, 0, 0, 0, 0), existing, true);
    }
    BlobUploader uploader = new BlobUploader(registry, repository, parallel, progress);
    blobs.forEach(uploader::add);
    uploader.run();
    RegistryClient.PushedManifest pushed =
        registry.pushManifest(repository, descriptor.digest(), descriptor.mediaType(), manifest);
    if (pushed.subject().isEmpty()) {
      new ReferrersTag(registry, repository, subject)
          .add(ReferrersTag.entry(descriptor, OciReader.manifest(manifest)));
    }
    return new ReferrerReport(uploader.report(descriptor, 1), existing, false);
  }

  /// The other indexes of the subject, if they matter.
  private List<Digest> existing(Repository repository, Digest subject, Digest own)
      throws IOException {
    return switch (policy) {
      case ALLOW -> List.of();
      case WARN, SKIP ->
          registry.referrers(repository, subject, SociMediaTypes.INDEX_V1).stream()
              .map(Referrer::descriptor)
              .map(Descriptor::digest)
              .filter(digest -> !digest.equals(own))
              .toList();
    };
  }
}
