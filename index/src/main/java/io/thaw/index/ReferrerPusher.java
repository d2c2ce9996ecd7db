package io.thaw.index;

import io.thaw.index.oci.ImageIndex;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.OciReader;
import io.thaw.index.oci.OciWriter;
import io.thaw.index.oci.WriteProgress;
import io.thaw.index.oci.WriteReport;
import io.thaw.index.place.BlobUploader;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Manifest;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.RegistryException;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// Uploads v1 indexes, which name their image as subject.
///
/// A registry that keeps referrers says so when it accepts the manifest. For one that does not, the
/// fallback tag `<algorithm>-<hex of the subject>` is brought up to date as the distribution
/// specification asks; two pushers at the same moment may lose one entry there, which pushing again
/// repairs.
public final class ReferrerPusher {
  private final RegistryClient registry;
  private final int parallel;

  public ReferrerPusher(RegistryClient registry) {
    this(registry, BlobUploader.DEFAULT_PARALLEL);
  }

  public ReferrerPusher(RegistryClient registry, int parallel) {
    this.registry = registry;
    this.parallel = parallel;
  }

  /// Pushes an index with its zTOCs, and makes it a referrer of its subject.
  ///
  /// @throws IllegalArgumentException if the index has no subject, as v2 indexes have none
  public WriteReport push(Repository repository, IndexBuilder.BuiltIndex built) throws IOException {
    Descriptor subject =
        built
            .index()
            .subject()
            .orElseThrow(() -> new IllegalArgumentException("a v2 index is pushed with its image"));
    BlobUploader uploader = new BlobUploader(registry, repository, parallel, WriteProgress.NONE);
    built.blobs().forEach(uploader::add);
    uploader.run();
    Descriptor index = built.descriptor();
    RegistryClient.PushedManifest pushed =
        registry.pushManifest(repository, index.digest(), index.mediaType(), built.bytes());
    if (pushed.subject().isEmpty()) {
      updateFallbackTag(repository, subject.digest(), built);
    }
    return uploader.report(index, 1);
  }

  private void updateFallbackTag(
      Repository repository, Digest subject, IndexBuilder.BuiltIndex built) throws IOException {
    String tag = subject.algorithm() + "-" + subject.hex();
    ImageIndex present = fallbackIndex(repository, tag);
    Digest added = built.descriptor().digest();
    if (present.manifests().stream().anyMatch(entry -> entry.digest().equals(added))) {
      return;
    }
    List<OciDescriptor> referrers = new ArrayList<>(present.manifests());
    TreeMap<String, String> annotations = new TreeMap<>();
    built.index().buildTool().ifPresent(tool -> annotations.put(SociMediaTypes.BUILD_TOOL, tool));
    referrers.add(
        OciDescriptor.of(built.descriptor())
            .withArtifactType(built.index().version().artifactType())
            .withAnnotations(annotations));
    registry.pushManifest(
        repository, tag, MediaTypes.OCI_INDEX, OciWriter.write(present.withManifests(referrers)));
  }

  private ImageIndex fallbackIndex(Repository repository, String tag) throws IOException {
    try {
      Manifest manifest = registry.manifest(repository, tag);
      return OciReader.index(manifest.bytes());
    } catch (RegistryException e) {
      if (e.kind() == RegistryException.Kind.NOT_FOUND) {
        return ImageIndex.of(List.of());
      }
      throw e;
    }
  }
}
