package io.thaw.daemon.image;

import io.thaw.index.IndexDiscovery;
import io.thaw.index.IndexResolver;
import io.thaw.index.SociIndex.ZtocRef;
import io.thaw.index.oci.OciReader;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;

/// What a pull asks of the registry.
interface ImageIndexes {

  /// Digest of the manifest, or the index of manifests, a reference names now.
  Digest resolve(Reference reference) throws IOException;

  /// The image's index.
  IndexDiscovery find(IndexResolver.Query query) throws IOException;

  /// A blob the index names, verified as it is read.
  InputStream blob(Repository repository, Descriptor descriptor) throws IOException;

  /// A zTOC, verified as it is read.
  default InputStream ztoc(Repository repository, ZtocRef ref) throws IOException {
    return blob(repository, ref.ztoc());
  }

  /// The digests of the tars of an image's layers, from its verified configuration.
  default List<Digest> diffIds(Repository repository, Descriptor config) throws IOException {
    if (config.sizeBytes() > OciReader.MAX_DOCUMENT_BYTES) {
      throw new IOException(
          "the image's configuration has %d bytes; at most %d are accepted"
              .formatted(config.sizeBytes(), OciReader.MAX_DOCUMENT_BYTES));
    }
    try (InputStream in = blob(repository, config)) {
      return OciReader.diffIdsOfConfig(in.readAllBytes());
    }
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
