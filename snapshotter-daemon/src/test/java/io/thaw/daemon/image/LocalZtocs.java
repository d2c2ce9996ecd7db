package io.thaw.daemon.image;

import io.thaw.index.SociIndex;
import io.thaw.index.SociIndex.ZtocRef;
import io.thaw.index.SociIndexWriter;
import io.thaw.index.SociMediaTypes;
import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.store.ArtifactStore;
import io.thaw.index.store.ImageFacts;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.ztoc.Compression;
import io.thaw.ztoc.ZtocOptions;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// Puts zTOCs into a store as if they had been made on this node.
final class LocalZtocs {
  private LocalZtocs() {}

  /// Adds a zTOC of one layer, in an index of its own.
  static Digest add(ArtifactStore store, Digest layer, byte[] ztoc) throws IOException {
    return add(store, layer, ztoc, ZtocOptions.SOCI_BUILD_TOOL);
  }

  /// As above, with an index of this builder; gives the index's digest.
  static Digest add(ArtifactStore store, Digest layer, byte[] ztoc, String buildTool)
      throws IOException {
    Descriptor described =
        new Descriptor(SociMediaTypes.ztoc(Compression.GZIP), Digest.sha256(ztoc), ztoc.length);
    // As many images as layers: the name of the subject is the layer's.
    Descriptor subject = new Descriptor(MediaTypes.OCI_MANIFEST, layer, 10);
    SociIndex index =
        new SociIndex(
            SociIndex.Version.V1,
            List.of(new ZtocRef(described, layer, FakeIndexes.GZIP, OptionalLong.empty(), false)),
            List.of(),
            Optional.of(buildTool),
            Optional.of(subject));
    return store
        .add(
            index,
            new ImageFacts(Optional.empty(), layer, layer, Optional.empty()),
            Map.of(
                described.digest(),
                BlobContent.of(ztoc),
                SociMediaTypes.EMPTY_CONFIG,
                BlobContent.of(SociIndexWriter.config())))
        .descriptor()
        .digest();
  }
}
