package io.thaw.cli;

import io.thaw.index.SociIndex;
import io.thaw.index.ZtocSupply;
import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.Scratch;
import io.thaw.index.store.ArtifactStore;
import io.thaw.index.store.ImageFacts;
import io.thaw.index.store.StoredArtifact;
import io.thaw.registry.Digest;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Where the indexes, zTOCs and prefetch artifacts are that commands list, show, push and remove.
interface Artifacts extends Closeable {

  /// Everything there is, the newest first.
  List<StoredArtifact> all() throws IOException;

  /// A file with an artifact's bytes, which have been compared with the digest; there until this is
  /// closed.
  Path file(Digest digest) throws IOException;

  /// The bytes of a small artifact, compared with the digest.
  byte[] document(Digest digest) throws IOException;

  /// Stores an index.
  ///
  /// @param blobs the zTOCs, prefetch artifacts and config the index names
  StoredArtifact.Index add(SociIndex index, Map<Digest, BlobContent> blobs, ImageFacts image)
      throws IOException;

  /// The zTOCs there are, for use in new indexes.
  ZtocSupply supply();

  /// A directory for what becomes part of this place.
  Scratch scratch() throws IOException;

  /// Removes indexes, and what no other index needs; all of them or none.
  ArtifactStore.Removed remove(List<Digest> indexes) throws IOException;

  /// What an artifact is.
  ///
  /// @throws IOException if there is none of this digest
  default StoredArtifact require(Digest digest) throws IOException {
    return all().stream()
        .filter(artifact -> artifact.descriptor().digest().equals(digest))
        .findFirst()
        .orElseThrow(
            () ->
                new IOException(
                    "no artifact "
                        + digest
                        + "; \"thaw index ls\" and \"thaw ztoc ls\" list what there is"));
  }

  /// The indexes, the newest first.
  default List<StoredArtifact.Index> indexes() throws IOException {
    return all().stream()
        .filter(StoredArtifact.Index.class::isInstance)
        .map(StoredArtifact.Index.class::cast)
        .toList();
  }
}
