package io.thaw.bench.image;

import io.thaw.index.oci.ImageIndex;
import io.thaw.index.oci.ImageManifest;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.OciReader;
import io.thaw.registry.Digest;
import io.thaw.registry.Manifest;
import io.thaw.registry.Reference;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.Repository;
import java.io.IOException;

/// Size and layer count of an image in somebody's registry, for this machine's platform.
public record ImageFacts(long compressedBytes, int layers) {
  private static final String ARCHITECTURE =
      System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";

  public static ImageFacts of(RegistryClient registry, Reference reference) throws IOException {
    Repository repository = reference.repository();
    Digest asked = reference.digest();
    Manifest manifest =
        asked != null
            ? registry.manifest(repository, asked)
            : registry.manifest(repository, reference.identifier());
    if (MediaTypes.isIndex(manifest.descriptor().mediaType())) {
      ImageIndex index = OciReader.index(manifest.bytes());
      manifest = registry.manifest(repository, forThisMachine(index, reference));
    }
    ImageManifest image = OciReader.manifest(manifest.bytes());
    long bytes = image.layers().stream().mapToLong(layer -> layer.target().sizeBytes()).sum();
    return new ImageFacts(bytes, image.layers().size());
  }

  private static Digest forThisMachine(ImageIndex index, Reference reference) throws IOException {
    for (OciDescriptor entry : index.manifests()) {
      boolean fits =
          entry
              .platform()
              .filter(p -> p.os().equals("linux") && p.architecture().equals(ARCHITECTURE))
              .isPresent();
      if (fits && entry.artifactType().isEmpty()) {
        return entry.digest();
      }
    }
    throw new IOException(reference + " has no image for linux/" + ARCHITECTURE);
  }
}
