package io.thaw.index.place;

import io.thaw.index.oci.ImageContent;
import io.thaw.index.oci.ImageManifest;
import io.thaw.index.oci.ImageTarget;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.OciReader;
import io.thaw.index.oci.WriteProgress;
import io.thaw.index.oci.WriteReport;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.RegistryException;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// A tag of a repository that an image is pushed to.
///
/// Blobs go first, then manifests, children before parents, and the tag last, so that nobody ever
/// pulls a tag with parts missing. What the repository has is not sent again; layers and
/// configurations that the same registry has in the source's repository are mounted.
public final class RegistryTarget implements ImageTarget {
  private final RegistryClient registry;
  private final Reference reference;
  private final String tag;
  private final int parallel;
  private final WriteProgress progress;

  /// @param registry stays the caller's
  /// @throws IllegalArgumentException if the reference does not name a tag, or names a digest
  public RegistryTarget(RegistryClient registry, Reference reference) {
    this(registry, reference, BlobUploader.DEFAULT_PARALLEL, WriteProgress.NONE);
  }

  /// @param parallel how many blobs are sent at once
  /// @throws IllegalArgumentException if the reference does not name a tag, or names a digest
  public RegistryTarget(
      RegistryClient registry, Reference reference, int parallel, WriteProgress progress) {
    if (reference.tag() == null || reference.digest() != null) {
      throw new IllegalArgumentException(
          reference + " cannot be pushed to; name a tag and no digest, as in host/repository:tag");
    }
    this.registry = registry;
    this.reference = reference;
    this.tag = Objects.requireNonNull(reference.tag());
    this.parallel = parallel;
    this.progress = progress;
  }

  @Override
  public String name() {
    return reference.toString();
  }

  @Override
  public WriteReport write(ImageContent image) throws IOException {
    Repository repository = reference.repository();
    requireChildren(image);
    BlobUploader uploader = new BlobUploader(registry, repository, parallel, progress);
    image.made().forEach(uploader::add);
    for (OciDescriptor blob : image.kept()) {
      uploader.add(blob, image.source());
    }
    uploader.run();
    for (Map.Entry<Descriptor, byte[]> manifest : image.manifests().entrySet()) {
      Descriptor descriptor = manifest.getKey();
      if (!has(descriptor.digest())) {
        push(descriptor, manifest.getValue());
      }
    }
    Descriptor root = image.root().target();
    if (!pointsTo(reference, root.digest())) {
      byte[] bytes = Objects.requireNonNull(image.manifests().get(root), "content has no root");
      registry.pushManifest(repository, tag, root.mediaType(), bytes);
    }
    return uploader.report(root, image.manifests().size());
  }

  /// Pushes a manifest; where the registry does not link it to the subject it may have, as a
  /// signature has, the list of referrers is kept here.
  private void push(Descriptor descriptor, byte[] bytes) throws IOException {
    Repository repository = reference.repository();
    RegistryClient.PushedManifest pushed =
        registry.pushManifest(repository, descriptor.digest(), descriptor.mediaType(), bytes);
    if (pushed.subject().isPresent() || MediaTypes.isIndex(descriptor.mediaType())) {
      return;
    }
    ImageManifest manifest = OciReader.manifest(bytes);
    if (manifest.subject().isPresent()) {
      new ReferrersTag(registry, repository, manifest.subject().get().digest())
          .add(ReferrersTag.entry(descriptor, manifest));
    }
  }

  private boolean has(Digest manifest) throws IOException {
    return pointsTo(new Reference(reference.repository(), null, manifest), manifest);
  }

  /// Whether a tag or digest leads to this manifest. A registry that will not tell, as for a
  /// repository that is not there yet, is simply sent what may be there.
  private boolean pointsTo(Reference name, Digest digest) throws IOException {
    try {
      return registry.resolve(name).digest().equals(digest);
    } catch (RegistryException e) {
      if (e.kind().retryable()) {
        throw e;
      }
      return false;
    }
  }

  /// A registry takes an index only if it has all that the index lists; better to say so before
  /// gigabytes are sent.
  private void requireChildren(ImageContent image) throws IOException {
    Set<Digest> coming = new HashSet<>();
    image.manifests().keySet().forEach(descriptor -> coming.add(descriptor.digest()));
    for (Map.Entry<Descriptor, byte[]> manifest : image.manifests().entrySet()) {
      if (!MediaTypes.isIndex(manifest.getKey().mediaType())) {
        continue;
      }
      for (OciDescriptor child : OciReader.index(manifest.getValue()).manifests()) {
        if (!coming.contains(child.digest()) && !has(child.digest())) {
          throw new IOException(
              image.source().name()
                  + " lacks "
                  + child.platform().map(platform -> "platform " + platform).orElse("manifest")
                  + " ("
                  + child.digest()
                  + "), which its image index lists, and so does "
                  + reference.repository()
                  + "; get the image with all its platforms first");
        }
      }
    }
  }
}
