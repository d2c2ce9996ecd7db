package io.thaw.cli;

import io.thaw.index.SociIndex;
import io.thaw.index.ZtocSupply;
import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.Scratch;
import io.thaw.index.store.ArtifactStore;
import io.thaw.index.store.ImageFacts;
import io.thaw.index.store.StoredArtifact;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// The store below `--root`.
final class OwnArtifacts implements Artifacts {
  private final ArtifactStore store;

  private OwnArtifacts(ArtifactStore store) {
    this.store = store;
  }

  static OwnArtifacts open(Path root) throws IOException {
    return new OwnArtifacts(ArtifactStore.open(root));
  }

  @Override
  public ZtocSupply supply() {
    return store;
  }

  @Override
  public Scratch scratch() throws IOException {
    return store.scratch();
  }

  @Override
  public List<StoredArtifact> all() throws IOException {
    return store.artifacts();
  }

  @Override
  public Path file(Digest digest) throws IOException {
    return store.file(digest);
  }

  @Override
  public byte[] document(Digest digest) throws IOException {
    return store.bytes(digest);
  }

  @Override
  public StoredArtifact.Index add(SociIndex index, Map<Digest, BlobContent> blobs, ImageFacts image)
      throws IOException {
    return store.add(index, image, blobs);
  }

  @Override
  public ArtifactStore.Removed remove(List<Digest> indexes) throws IOException {
    return store.remove(indexes);
  }

  @Override
  public void close() throws IOException {
    store.close();
  }
}
