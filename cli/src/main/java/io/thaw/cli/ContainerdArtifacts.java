package io.thaw.cli;

import io.thaw.cli.containerd.ContainerdClient;
import io.thaw.cli.containerd.ContainerdIndexStore;
import io.thaw.index.SociIndex;
import io.thaw.index.ZtocSupply;
import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.Scratch;
import io.thaw.index.store.ArtifactStore;
import io.thaw.index.store.ImageFacts;
import io.thaw.index.store.StoredArtifact;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// containerd's content store.
final class ContainerdArtifacts implements Artifacts {
  private final ContainerdIndexStore store;
  private @Nullable Scratch copies;

  /// @param client stays open as long as this is, and is closed by the caller
  ContainerdArtifacts(ContainerdClient client) {
    this.store = new ContainerdIndexStore(client);
  }

  @Override
  public List<StoredArtifact> all() throws IOException {
    return store.artifacts();
  }

  @Override
  public Path file(Digest digest) throws IOException {
    Scratch directory = copies;
    if (directory == null) {
      directory = scratch();
      copies = directory;
    }
    Path file = directory.directory().resolve(digest.hex());
    if (!Files.exists(file)) {
      try (InputStream in = store.open(digest)) {
        Files.copy(in, file);
      }
    }
    return file;
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
  public ZtocSupply supply() {
    return (layer, spanSizeBytes) -> {
      for (StoredArtifact.Ztoc ztoc : store.ztocsOf(layer.digest())) {
        if (ztoc.spanSizeBytes().orElse(spanSizeBytes) == spanSizeBytes) {
          return Optional.of(new ZtocSupply.SuppliedZtoc(ztoc.descriptor(), content(ztoc)));
        }
      }
      return Optional.empty();
    };
  }

  private BlobContent content(StoredArtifact.Ztoc ztoc) {
    return new BlobContent() {
      @Override
      public long sizeBytes() {
        return ztoc.descriptor().sizeBytes();
      }

      @Override
      public InputStream open() throws IOException {
        return store.open(ztoc.descriptor().digest());
      }
    };
  }

  @Override
  public Scratch scratch() throws IOException {
    return Scratch.beside(Path.of(System.getProperty("java.io.tmpdir"), "index"));
  }

  @Override
  public ArtifactStore.Removed remove(List<Digest> indexes) throws IOException {
    return store.remove(indexes);
  }

  @Override
  public void close() throws IOException {
    if (copies != null) {
      copies.close();
    }
  }
}
