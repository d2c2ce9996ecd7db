package io.thaw.index.store;

import io.thaw.index.SociIndex;
import io.thaw.index.SociIndexReader;
import io.thaw.index.SociIndexWriter;
import io.thaw.index.SociMediaTypes;
import io.thaw.index.ZtocSupply;
import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciReader;
import io.thaw.index.oci.Scratch;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// The SOCI indexes, zTOCs and prefetch artifacts made on this machine.
///
/// Bytes lie below `content/`, by digest; facts about them in `artifacts.sqlite`. Both are private
/// to their owner. An index appears in one step, with everything it refers to, or not at all: its
/// blobs are written beside the content and moved in under the database's write lock, which also
/// those take who remove. So any number of threads and processes may use a store at once.
public final class ArtifactStore implements ZtocSupply, Closeable {
  static final String DATABASE = "artifacts.sqlite";

  private final Path root;
  private final ContentFiles content;
  private final FactsDatabase facts;
  private final Clock clock;

  private ArtifactStore(Path root, ContentFiles content, FactsDatabase facts, Clock clock) {
    this.root = root;
    this.content = content;
    this.facts = facts;
    this.clock = clock;
  }

  /// Opens the store at `root` and makes it if it is not there.
  ///
  /// @throws DamagedStoreException if its database cannot be read
  public static ArtifactStore open(Path root) throws IOException {
    return open(root, Clock.systemUTC());
  }

  static ArtifactStore open(Path root, Clock clock) throws IOException {
    createRoot(root);
    ContentFiles content = ContentFiles.open(root);
    return new ArtifactStore(root, content, FactsDatabase.open(root.resolve(DATABASE)), clock);
  }

  static void createRoot(Path root) throws IOException {
    if (!Files.isDirectory(root)) {
      Files.createDirectories(
          root, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
  }

  public Path root() {
    return root;
  }

  /// What a removal did.
  ///
  /// @param dropped zTOCs and prefetch artifacts no other index needs
  /// @param kept those that others need
  public record Removed(List<Digest> dropped, List<Digest> kept) {
    public Removed {
      dropped = List.copyOf(dropped);
      kept = List.copyOf(kept);
    }
  }

  /// Stores an index.
  ///
  /// @param blobs zTOCs, prefetch artifacts and config the index names; others are not stored
  /// @throws IOException if one is missing or differs from its digest; then nothing is stored
  public StoredArtifact.Index add(SociIndex index, ImageFacts image, Map<Digest, BlobContent> blobs)
      throws IOException {
    byte[] bytes = SociIndexWriter.write(index);
    Descriptor descriptor =
        new Descriptor(MediaTypes.OCI_MANIFEST, Digest.sha256(bytes), bytes.length);
    StoredArtifact.Index stored =
        IndexFacts.index(
            descriptor,
            index,
            Optional.of(image),
            Instant.now(clock).truncatedTo(ChronoUnit.SECONDS));
    try (Scratch scratch = scratch()) {
      Map<Digest, Path> staged = new LinkedHashMap<>();
      for (Map.Entry<Digest, BlobContent> blob : named(index, blobs).entrySet()) {
        stage(scratch, staged, blob.getKey(), blob.getValue().open());
      }
      stage(scratch, staged, descriptor.digest(), new ByteArrayInputStream(bytes));
      return facts.transaction(
          connection -> {
            FactsTables tables = new FactsTables(connection);
            for (Map.Entry<Digest, Path> file : staged.entrySet()) {
              content.keep(file.getValue(), file.getKey());
            }
            content.sync(descriptor.digest().algorithm());
            for (StoredArtifact blob : IndexFacts.blobs(index, stored.created())) {
              require(blob.descriptor().digest());
              tables.add(blob);
            }
            tables.add(stored);
            return stored;
          });
    }
  }

  private static Map<Digest, BlobContent> named(SociIndex index, Map<Digest, BlobContent> blobs) {
    Map<Digest, BlobContent> named = new LinkedHashMap<>(blobs);
    Set<Digest> wanted = new HashSet<>(Set.of(SociMediaTypes.EMPTY_CONFIG));
    index.ztocs().forEach(ref -> wanted.add(ref.ztoc().digest()));
    index.prefetches().forEach(ref -> wanted.add(ref.artifact().digest()));
    named.keySet().retainAll(wanted);
    return named;
  }

  private static void stage(
      Scratch scratch, Map<Digest, Path> staged, Digest digest, InputStream bytes)
      throws IOException {
    try (bytes) {
      staged.put(digest, ContentFiles.stage(scratch.directory(), digest, bytes));
    }
  }

  private void require(Digest digest) throws IOException {
    if (!content.contains(digest)) {
      throw new IOException("the index names " + digest + ", which was not given with it");
    }
  }

  /// Adds a name to an index that is there; does nothing for one that is not.
  public void name(Digest index, ImageFacts image) throws IOException {
    facts.transaction(
        connection -> {
          FactsTables tables = new FactsTables(connection);
          if (tables.find(index).orElse(null) instanceof StoredArtifact.Index known) {
            tables.add(IndexFacts.with(known, image));
          }
          return true;
        });
  }

  /// Everything there is, the newest first.
  public List<StoredArtifact> artifacts() throws IOException {
    return facts.transaction(connection -> new FactsTables(connection).all());
  }

  /// The indexes, the newest first.
  public List<StoredArtifact.Index> indexes() throws IOException {
    return artifacts().stream()
        .filter(StoredArtifact.Index.class::isInstance)
        .map(StoredArtifact.Index.class::cast)
        .toList();
  }

  public Optional<StoredArtifact> find(Digest digest) throws IOException {
    return facts.transaction(connection -> new FactsTables(connection).find(digest));
  }

  /// The zTOCs of a layer, the newest first.
  public List<StoredArtifact.Ztoc> ztocsOf(Digest layer) throws IOException {
    return facts.transaction(connection -> new FactsTables(connection).ztocsOf(layer)).stream()
        .map(StoredArtifact.Ztoc.class::cast)
        .toList();
  }

  @Override
  public Optional<SuppliedZtoc> find(Descriptor layer, long spanSizeBytes) throws IOException {
    return newest(layer, z -> z.spanSizeBytes().orElse(spanSizeBytes) == spanSizeBytes);
  }

  /// The newest zTOC of this layer, whatever its span size.
  public Optional<SuppliedZtoc> findAny(Descriptor layer) throws IOException {
    return newest(layer, _ -> true);
  }

  private Optional<SuppliedZtoc> newest(Descriptor layer, Predicate<StoredArtifact.Ztoc> wanted)
      throws IOException {
    for (StoredArtifact.Ztoc ztoc : ztocsOf(layer.digest())) {
      Digest digest = ztoc.descriptor().digest();
      if (wanted.test(ztoc) && content.contains(digest)) {
        return Optional.of(
            new SuppliedZtoc(
                ztoc.descriptor(),
                BlobContent.of(content.file(digest), ztoc.descriptor().sizeBytes())));
      }
    }
    return Optional.empty();
  }

  /// Notes that an artifact is used now; does nothing if it is not there.
  public void touch(Digest digest) throws IOException {
    try {
      Files.setLastModifiedTime(content.file(digest), FileTime.from(Instant.now(clock)));
    } catch (NoSuchFileException e) {
      // Removed meanwhile: whoever wants it finds out.
    }
  }

  /// When the artifact was used or stored last; empty if it is not there.
  public Optional<Instant> lastUsed(Digest digest) throws IOException {
    try {
      return Optional.of(Files.getLastModifiedTime(content.file(digest)).toInstant());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /// A directory for work that becomes part of this store; it vanishes when it is closed.
  public Scratch scratch() throws IOException {
    return Scratch.beside(content.blobs());
  }

  /// The file that holds an artifact's bytes, which were compared with their digest just now. It
  /// never changes, but may be removed.
  ///
  /// @throws IOException if the file is gone or damaged
  public Path file(Digest digest) throws IOException {
    if (!content.contains(digest)) {
      throw new NoSuchFileException(
          content.file(digest).toString(),
          null,
          "the store does not have this content; \"thaw rebuild-db\" brings its list up to date");
    }
    if (!content.isIntact(digest)) {
      throw new IOException(
          content.file(digest)
              + " is damaged: its bytes do not have the digest of its name; remove it and create"
              + " the index again");
    }
    return content.file(digest);
  }

  /// An index manifest that is in the store.
  public SociIndex index(Digest digest) throws IOException {
    return SociIndexReader.read(bytes(digest));
  }

  /// The bytes of a small artifact: an index or a prefetch artifact.
  public byte[] bytes(Digest digest) throws IOException {
    Path file = file(digest);
    long size = Files.size(file);
    if (size > OciReader.MAX_DOCUMENT_BYTES) {
      throw new IOException(
          digest
              + " has "
              + size
              + " bytes; a document has at most "
              + OciReader.MAX_DOCUMENT_BYTES);
    }
    return Files.readAllBytes(file);
  }

  /// Removes indexes, and the zTOCs and prefetch artifacts that no other index needs.
  ///
  /// @throws IOException if one of them is no index of this store; then nothing is removed
  public Removed remove(List<Digest> indexes) throws IOException {
    return facts.transaction(
        connection -> {
          FactsTables tables = new FactsTables(connection);
          List<Digest> needed = new ArrayList<>();
          for (Digest index : indexes) {
            needed.addAll(indexOf(tables, index));
          }
          List<Digest> dropped = new ArrayList<>();
          for (Digest index : indexes) {
            dropped.addAll(tables.removeIndex(index));
          }
          // Under the lock: whoever wants one of them now will see that it is gone and write it.
          for (Digest digest : indexes) {
            content.remove(digest);
          }
          for (Digest digest : dropped) {
            content.remove(digest);
          }
          content.sync("sha256");
          return new Removed(
              dropped, needed.stream().distinct().filter(d -> !dropped.contains(d)).toList());
        });
  }

  private static List<Digest> indexOf(FactsTables tables, Digest digest)
      throws SQLException, IOException {
    return switch (tables.find(digest).orElse(null)) {
      case StoredArtifact.Index index -> {
        List<Digest> blobs = new ArrayList<>(index.ztocs());
        blobs.addAll(index.prefetches());
        yield blobs;
      }
      case StoredArtifact.Ztoc _ ->
          throw new IOException(digest + " is a zTOC; remove the index that names it");
      case StoredArtifact.Prefetch _ ->
          throw new IOException(digest + " is a prefetch artifact; remove the index that names it");
      case null ->
          throw new IOException(
              "no index " + digest + " in this store; \"thaw index ls\" lists them");
    };
  }

  /// What a rebuild found.
  ///
  /// @param problems files that were left out, with the reason
  public record Rebuilt(int indexes, int ztocs, int prefetches, List<String> problems) {
    public Rebuilt {
      problems = List.copyOf(problems);
    }
  }

  /// Makes the database anew from the content. What only the old database knew (names,
  /// platforms, times) is kept if it can still be read; a damaged one is set aside as
  /// `artifacts.sqlite.damaged`.
  public static Rebuilt rebuild(Path root) throws IOException {
    createRoot(root);
    return StoreRebuild.run(root, ContentFiles.open(root));
  }

  @Override
  public void close() throws IOException {
    facts.close();
  }
}
