package io.thaw.index.place;

import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.RegistryException;
import io.thaw.registry.Repository;
import java.io.IOException;

/// Questions to a registry that its client does not answer in one call.
final class Registries {
  private Registries() {}

  /// Whether the repository has a manifest with this digest.
  static boolean holdsManifest(RegistryClient registry, Repository repository, Digest digest)
      throws IOException {
    try {
      registry.resolve(new Reference(repository, null, digest));
      return true;
    } catch (RegistryException e) {
      if (e.kind() == RegistryException.Kind.NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }
}
