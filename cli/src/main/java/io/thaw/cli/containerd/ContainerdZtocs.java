package io.thaw.cli.containerd;

import io.thaw.index.ZtocSupply;
import io.thaw.index.oci.BlobContent;
import io.thaw.index.store.StoredArtifact;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The zTOCs of every SOCI index in containerd, by layer. containerd is asked once, at the first
/// question; one that has gone since cannot be read, and is built anew.
final class ContainerdZtocs implements ZtocSupply {
  private final ContainerdIndexStore store;
  private final ReentrantLock loading = new ReentrantLock();
  private @Nullable Map<Digest, List<StoredArtifact.Ztoc>> byLayer;

  ContainerdZtocs(ContainerdIndexStore store) {
    this.store = store;
  }

  @Override
  public Optional<SuppliedZtoc> find(Descriptor layer, long spanSizeBytes) throws IOException {
    return byLayer().getOrDefault(layer.digest(), List.of()).stream()
        .filter(ztoc -> ztoc.spanSizeBytes().orElse(spanSizeBytes) == spanSizeBytes)
        .findFirst()
        .map(ztoc -> new SuppliedZtoc(ztoc.descriptor(), content(ztoc.descriptor())));
  }

  private Map<Digest, List<StoredArtifact.Ztoc>> byLayer() throws IOException {
    loading.lock();
    try {
      Map<Digest, List<StoredArtifact.Ztoc>> loaded = byLayer;
      if (loaded == null) {
        loaded = new HashMap<>();
        for (StoredArtifact artifact : store.artifacts()) {
          if (artifact instanceof StoredArtifact.Ztoc ztoc) {
            loaded.computeIfAbsent(ztoc.layer(), layer -> new ArrayList<>()).add(ztoc);
          }
        }
        byLayer = loaded;
      }
      return loaded;
    } finally {
      loading.unlock();
    }
  }

  private BlobContent content(Descriptor ztoc) {
    return new BlobContent() {
      @Override
      public long sizeBytes() {
        return ztoc.sizeBytes();
      }

      @Override
      public InputStream open() throws IOException {
        return store.open(ztoc.digest());
      }
    };
  }
}
