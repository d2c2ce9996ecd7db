package io.thaw.index.oci;

import io.thaw.registry.Digest;
import java.util.Optional;

/// The only class that knows how blobs are named in a layout.
final class LayoutNames {
  private LayoutNames() {}

  static String path(Digest digest) {
    return "blobs/" + digest.algorithm() + "/" + digest.hex();
  }

  /// The digest a file name under `blobs/<algorithm>` stands for, if it does.
  static Optional<Digest> digest(String algorithm, String name) {
    try {
      return Optional.of(new Digest(algorithm, name));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /// The digest a path in an archive stands for, if it does.
  static Optional<Digest> digest(String path) {
    String[] parts = path.split("/", -1);
    return parts.length == 3 && parts[0].equals("blobs")
        ? digest(parts[1], parts[2])
        : Optional.empty();
  }
}
