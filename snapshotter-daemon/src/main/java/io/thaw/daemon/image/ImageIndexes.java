package io.thaw.daemon.image;

import io.thaw.index.IndexDiscovery;
import io.thaw.index.IndexResolver;
import io.thaw.index.SociIndex;
import io.thaw.index.SociIndex.ZtocRef;
import io.thaw.index.oci.OciReader;
import io.thaw.index.oci.Platform;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// What a pull asks of the registry.
interface ImageIndexes {

  /// Digest of the manifest, or the index of manifests, a reference names now.
  Digest resolve(Reference reference) throws IOException;

  /// The image's index.
  IndexDiscovery find(IndexResolver.Query query) throws IOException;

  /// The index of the image a reference names now.
  ///
  /// @param platform the one that was asked for; that of this machine is meant if none was
  /// @throws IOException also if the image is made for another platform than the one asked for
  default IndexDiscovery find(
      Reference reference, Optional<Platform> platform, Set<SociIndex.Version> versions)
      throws IOException {
    Digest named = resolve(reference);
    IndexDiscovery found =
        find(
            new IndexResolver.Query(
                reference.repository(),
                named,
                Optional.empty(),
                versions,
                platform.orElseGet(Platform::host)));
    if (platform.isPresent() && found.imageDescriptor().digest().equals(named)) {
      requirePlatform(reference, found.image().config().target(), platform.get());
    }
    return found;
  }

  /// A manifest that stands alone says only in its configuration what it is for.
  private void requirePlatform(Reference reference, Descriptor config, Platform wanted)
      throws IOException {
    Platform made = OciReader.platformOfConfig(document(reference.repository(), config));
    if (!made.matches(wanted)) {
      throw new IOException(
          "%s is an image for %s alone; there is none for %s".formatted(reference, made, wanted));
    }
  }

  private byte[] document(Repository repository, Descriptor config) throws IOException {
    if (config.sizeBytes() > OciReader.MAX_DOCUMENT_BYTES) {
      throw new IOException(
          "the image's configuration has %d bytes; at most %d are accepted"
              .formatted(config.sizeBytes(), OciReader.MAX_DOCUMENT_BYTES));
    }
    try (InputStream in = blob(repository, config)) {
      return in.readAllBytes();
    }
  }

  /// A blob the index names, verified as it is read.
  InputStream blob(Repository repository, Descriptor descriptor) throws IOException;

  /// A zTOC, verified as it is read.
  default InputStream ztoc(Repository repository, ZtocRef ref) throws IOException {
    return blob(repository, ref.ztoc());
  }

  /// The digests of the tars of an image's layers, from its verified configuration.
  default List<Digest> diffIds(Repository repository, Descriptor config) throws IOException {
    return OciReader.diffIdsOfConfig(document(repository, config));
  }

  /// Over the network.
  static ImageIndexes of(RegistryClient registry) {
    IndexResolver resolver = new IndexResolver(registry);
    return new ImageIndexes() {
      @Override
      public Digest resolve(Reference reference) throws IOException {
        Digest known = reference.digest();
        return known != null ? known : Objects.requireNonNull(registry.resolve(reference)).digest();
      }

      @Override
      public IndexDiscovery find(IndexResolver.Query query) throws IOException {
        return resolver.find(query);
      }

      @Override
      public InputStream blob(Repository repository, Descriptor descriptor) throws IOException {
        return registry.blob(repository, descriptor);
      }
    };
  }
}
