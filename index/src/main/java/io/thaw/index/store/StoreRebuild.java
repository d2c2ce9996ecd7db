package io.thaw.index.store;

import io.thaw.index.SociIndex;
import io.thaw.index.SociIndexReader;
import io.thaw.index.oci.MalformedManifestException;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciReader;
import io.thaw.index.store.ArtifactStore.Rebuilt;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Makes a store's database from its content.
final class StoreRebuild {
  private final ContentFiles content;
  private final List<String> problems = new ArrayList<>();
  private final Map<Digest, StoredArtifact> blobs = new LinkedHashMap<>();
  private final List<StoredArtifact.Index> indexes = new ArrayList<>();

  private StoreRebuild(ContentFiles content) {
    this.content = content;
  }

  static Rebuilt run(Path root, ContentFiles content) throws IOException {
    content.removeAbandoned(Instant.now().minus(1, ChronoUnit.DAYS));
    Path file = root.resolve(ArtifactStore.DATABASE);
    Map<Digest, StoredArtifact> known = new HashMap<>();
    try (FactsDatabase old = FactsDatabase.open(file)) {
      old.transaction(c -> new FactsTables(c).all())
          .forEach(artifact -> known.put(artifact.descriptor().digest(), artifact));
    } catch (DamagedStoreException e) {
      setAside(file);
    }
    try (FactsDatabase database = FactsDatabase.open(file)) {
      return database.transaction(
          connection -> {
            // Under the lock, so that what others store meanwhile is either seen or added later.
            StoreRebuild rebuild = new StoreRebuild(content);
            rebuild.scan(known);
            FactsTables tables = new FactsTables(connection);
            tables.clear();
            for (StoredArtifact blob : rebuild.blobs.values()) {
              tables.add(blob);
            }
            for (StoredArtifact index : rebuild.indexes) {
              tables.add(index);
            }
            return rebuild.report();
          });
    }
  }

  private static void setAside(Path file) throws IOException {
    for (String suffix : List.of("", "-wal", "-shm")) {
      Path part = Path.of(file + suffix);
      if (Files.exists(part)) {
        Files.move(part, Path.of(file + ".damaged" + suffix), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private Rebuilt report() {
    int ztocs = (int) blobs.values().stream().filter(StoredArtifact.Ztoc.class::isInstance).count();
    return new Rebuilt(indexes.size(), ztocs, blobs.size() - ztocs, problems);
  }

  private void scan(Map<Digest, StoredArtifact> known) throws IOException {
    for (Digest digest : content.digests()) {
      Path file = content.file(digest);
      if (Files.size(file) > OciReader.MAX_DOCUMENT_BYTES) {
        continue; // No index is so large.
      }
      byte[] bytes = Files.readAllBytes(file);
      Optional<SociIndex> index = indexIn(bytes);
      if (index.isEmpty()) {
        continue;
      }
      if (!content.isIntact(digest)) {
        problems.add(file + ": its bytes do not have the digest of its name");
        continue;
      }
      accept(new Descriptor(MediaTypes.OCI_MANIFEST, digest, bytes.length), index.get(), known);
    }
  }

  /// An index whose zTOCs are not all here is left out: it would promise what nobody can push.
  private void accept(Descriptor descriptor, SociIndex index, Map<Digest, StoredArtifact> known)
      throws IOException {
    Path file = content.file(descriptor.digest());
    Instant written = Files.getLastModifiedTime(file).toInstant().truncatedTo(ChronoUnit.SECONDS);
    List<StoredArtifact> named = IndexFacts.blobs(index, written);
    for (StoredArtifact blob : named) {
      Digest digest = blob.descriptor().digest();
      if (!content.contains(digest)
          || Files.size(content.file(digest)) != blob.descriptor().sizeBytes()) {
        problems.add(file + ": it names " + digest + ", which is not in the store");
        return;
      }
    }
    for (StoredArtifact blob : named) {
      Digest digest = blob.descriptor().digest();
      StoredArtifact before = known.get(digest);
      blobs.putIfAbsent(
          digest, before != null && before.getClass() == blob.getClass() ? before : blob);
    }
    StoredArtifact before = known.get(descriptor.digest());
    indexes.add(
        before instanceof StoredArtifact.Index same
            ? same
            : IndexFacts.index(descriptor, index, Optional.empty(), written));
  }

  private static Optional<SociIndex> indexIn(byte[] bytes) {
    if (bytes.length == 0 || bytes[0] != '{') {
      return Optional.empty();
    }
    try {
      return Optional.of(SociIndexReader.read(bytes));
    } catch (MalformedManifestException e) {
      return Optional.empty(); // Some other document.
    }
  }
}
