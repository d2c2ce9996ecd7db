package io.thaw.cli.containerd;

import io.thaw.index.SociIndex;
import io.thaw.index.SociIndexReader;
import io.thaw.index.SociIndexWriter;
import io.thaw.index.SociMediaTypes;
import io.thaw.index.ZtocSupply;
import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.MalformedManifestException;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciReader;
import io.thaw.index.oci.WriteProgress;
import io.thaw.index.store.ArtifactStore.Removed;
import io.thaw.index.store.ImageFacts;
import io.thaw.index.store.IndexFacts;
import io.thaw.index.store.StoredArtifact;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The SOCI indexes, zTOCs and prefetch artifacts in a namespace of containerd's content store,
/// whoever has put them there: this, SOCI's tools, or a pull of a v2 image.
///
/// A v1 index written here lives exactly as long as the image manifest it describes (see
/// [GcLabels]). Nothing is kept beside containerd: everything is found by labels and read back.
public final class ContainerdIndexStore {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final ContainerdClient client;
  private final ContentStore store;

  /// @param client stays open as long as this is used, and is closed by the caller
  public ContainerdIndexStore(ContainerdClient client) {
    this.client = client;
    this.store = new ContentStore(client);
  }

  /// Stores a v1 index beside its image.
  ///
  /// @param blobs the zTOCs, prefetch artifacts and config the index names
  /// @throws IllegalArgumentException if it is a v2 index, which is written with its image
  /// @throws IOException if containerd does not have the image's manifest, a blob is missing, or
  ///     containerd refuses; nothing is stored then
  public StoredArtifact.Index add(SociIndex index, ImageFacts image, Map<Digest, BlobContent> blobs)
      throws IOException {
    Digest manifest =
        index
            .subject()
            .orElseThrow(() -> new IllegalArgumentException("a v2 index is written with its image"))
            .digest();
    byte[] bytes = SociIndexWriter.write(index);
    Descriptor descriptor =
        new Descriptor(MediaTypes.OCI_MANIFEST, Digest.sha256(bytes), bytes.length);
    requireAll(index, blobs);
    try (Lease lease = Lease.create(client)) {
      lease.keep(manifest);
      if (store.find(manifest).isEmpty()) {
        throw new IOException(
            client + " does not have image manifest " + manifest + "; pull the image again");
      }
      BlobWriter writer = new BlobWriter(client, lease, PATIENCE);
      new BlobCopies(writer, WriteProgress.NONE).copy(blobs);
      writer.put(descriptor.digest(), BlobContent.of(bytes), GcLabels.of(descriptor, bytes));
      lease.publish(
          () ->
              store.label(
                  manifest,
                  Map.of(GcLabels.keyOfV1(descriptor.digest()), descriptor.digest().toString())));
    }
    ContentStore.Blob stored =
        store
            .find(descriptor.digest())
            .orElseThrow(() -> new IOException("The image was removed while it was being indexed"));
    return IndexFacts.index(descriptor, index, Optional.of(image), stored.created());
  }

  /// All indexes of the namespace, the newest first.
  public List<StoredArtifact.Index> indexes() throws IOException {
    return found().stream().map(Found::facts).toList();
  }

  /// All indexes, zTOCs and prefetch artifacts, each once.
  public List<StoredArtifact> artifacts() throws IOException {
    Map<Digest, StoredArtifact> artifacts = new LinkedHashMap<>();
    for (Found found : found()) {
      artifacts.put(found.facts().descriptor().digest(), found.facts());
      for (StoredArtifact blob : IndexFacts.blobs(found.index(), found.facts().created())) {
        artifacts.putIfAbsent(blob.descriptor().digest(), blob);
      }
    }
    return List.copyOf(artifacts.values());
  }

  /// An index, zTOC or prefetch artifact.
  public Optional<StoredArtifact> find(Digest digest) throws IOException {
    return artifacts().stream()
        .filter(artifact -> artifact.descriptor().digest().equals(digest))
        .findFirst();
  }

  /// The zTOCs of a layer, those of the newest indexes first.
  public List<StoredArtifact.Ztoc> ztocsOf(Digest layer) throws IOException {
    List<StoredArtifact.Ztoc> ztocs = new ArrayList<>();
    for (StoredArtifact artifact : artifacts()) {
      if (artifact instanceof StoredArtifact.Ztoc ztoc && ztoc.layer().equals(layer)) {
        ztocs.add(ztoc);
      }
    }
    return ztocs;
  }

  /// The v1 indexes that describe an image manifest, the newest first.
  List<Descriptor> indexesOf(Digest manifest) throws IOException {
    return found().stream()
        .filter(found -> found.index().version() == SociIndex.Version.V1)
        .filter(found -> found.facts().manifest().filter(manifest::equals).isPresent())
        .map(found -> found.facts().descriptor())
        .toList();
  }

  /// The zTOCs as they are when it is first asked, for reuse: images share layers.
  public ZtocSupply supply() {
    return new ContainerdZtocs(this);
  }

  /// An index, decoded.
  ///
  /// @throws IOException if it is not there, or is no index
  public SociIndex index(Digest digest) throws IOException {
    return SociIndexReader.read(bytes(digest));
  }

  /// The bytes of an index or another document, verified.
  ///
  /// @throws IOException if it is not there, or is larger than a document may be
  public byte[] bytes(Digest digest) throws IOException {
    return store.document(require(digest));
  }

  /// The bytes of a zTOC or prefetch artifact; the read that would deliver the end fails if they
  /// have another digest.
  public InputStream open(Digest digest) throws IOException {
    return store.open(new Descriptor(SociMediaTypes.ZTOC, digest, require(digest).sizeBytes()));
  }

  /// Removes v1 indexes, and lets containerd collect what only they kept.
  ///
  /// @throws IOException if one of them is not there or is part of an image, and nothing is removed
  ///     then; or if somebody else keeps one
  public Removed remove(List<Digest> indexes) throws IOException {
    Map<Digest, Found> all = new LinkedHashMap<>();
    found().forEach(found -> all.put(found.facts().descriptor().digest(), found));
    Set<Digest> blobs = new LinkedHashSet<>();
    for (Digest digest : indexes) {
      StoredArtifact.Index index = removable(digest, all).facts();
      blobs.addAll(index.ztocs());
      blobs.addAll(index.prefetches());
    }
    for (Digest digest : indexes) {
      release(digest);
    }
    Lease.collectGarbage(client);
    for (Digest digest : indexes) {
      requireGone(digest);
    }
    List<Digest> dropped = new ArrayList<>();
    List<Digest> kept = new ArrayList<>();
    for (Digest blob : blobs) {
      (store.find(blob).isEmpty() ? dropped : kept).add(blob);
    }
    return new Removed(dropped, kept);
  }

  private Found removable(Digest digest, Map<Digest, Found> all) throws IOException {
    Found found = all.get(digest);
    if (found == null) {
      throw new IOException(
          "no SOCI index " + digest + " in " + client + "; \"thaw index ls\" lists them");
    }
    if (found.index().version() == SociIndex.Version.V2 && !found.facts().names().isEmpty()) {
      throw new IOException(
          "SOCI index "
              + digest
              + " is part of image "
              + found.facts().names().getFirst()
              + " and goes with it: remove the image");
    }
    return found;
  }

  /// Takes away what keeps an index: labels of ours on manifests, and SOCI's mark on the index.
  private void release(Digest index) throws IOException {
    String key = GcLabels.keyOfV1(index);
    for (ContentStore.Blob keeper : store.list(List.of(GcLabels.filterForKeepersOfV1(index)))) {
      store.label(keeper.digest(), Map.of(key, ""));
    }
    Optional<ContentStore.Blob> blob = store.find(index);
    if (blob.isPresent() && blob.get().labels().containsKey(GcLabels.ROOT)) {
      store.label(index, Map.of(GcLabels.ROOT, ""));
    }
  }

  private void requireGone(Digest index) throws IOException {
    if (store.find(index).isEmpty()) {
      return;
    }
    String keeper =
        store.list(List.of()).stream()
            .filter(blob -> blob.labels().containsValue(index.toString()))
            .map(blob -> "blob " + blob.digest())
            .findFirst()
            .orElse("a lease; \"ctr leases ls\" lists them");
    throw new IOException(
        "SOCI index " + index + " stays in " + client + ": it is kept by " + keeper);
  }

  /// An index that is there, and what is known of it.
  private record Found(StoredArtifact.Index facts, SociIndex index) {}

  private List<Found> found() throws IOException {
    ImageWalk images = ImageWalk.of(store, client.images());
    Map<Digest, ContentStore.Blob> candidates = new LinkedHashMap<>();
    for (ContentStore.Blob blob : store.list(GcLabels.filtersForIndexes())) {
      candidates.put(blob.digest(), blob);
    }
    for (Digest listed : images.listedIndexes()) {
      if (!candidates.containsKey(listed)) {
        store.find(listed).ifPresent(blob -> candidates.put(listed, blob));
      }
    }
    List<Found> found = new ArrayList<>();
    for (ContentStore.Blob blob : candidates.values()) {
      decode(blob).ifPresent(index -> found.add(describe(blob, index, images)));
    }
    found.sort((a, b) -> b.facts().created().compareTo(a.facts().created()));
    return found;
  }

  /// The index in a blob, unless it is something else with the same labels.
  private Optional<SociIndex> decode(ContentStore.Blob blob) throws IOException {
    if (blob.sizeBytes() > OciReader.MAX_DOCUMENT_BYTES) {
      return Optional.empty();
    }
    try {
      return Optional.of(SociIndexReader.read(store.document(blob)));
    } catch (MalformedManifestException e) {
      return Optional.empty();
    }
  }

  private static Found describe(ContentStore.Blob blob, SociIndex index, ImageWalk images) {
    List<ImageFacts> owners =
        index
            .subject()
            .map(subject -> images.ofManifest(subject.digest()))
            .orElseGet(() -> images.ofIndex(blob.digest()));
    Descriptor descriptor =
        new Descriptor(MediaTypes.OCI_MANIFEST, blob.digest(), blob.sizeBytes());
    StoredArtifact.Index facts =
        IndexFacts.index(
            descriptor,
            index,
            owners.isEmpty() ? Optional.empty() : Optional.of(owners.getFirst()),
            blob.created());
    for (ImageFacts other : owners.subList(Math.min(1, owners.size()), owners.size())) {
      facts = IndexFacts.with(facts, other);
    }
    return new Found(facts, index);
  }

  private ContentStore.Blob require(Digest digest) throws IOException {
    return store
        .find(digest)
        .orElseThrow(() -> new IOException("There is no blob " + digest + " in " + client));
  }

  private static void requireAll(SociIndex index, Map<Digest, BlobContent> blobs)
      throws IOException {
    List<Digest> needed = new ArrayList<>();
    index.ztocs().forEach(ref -> needed.add(ref.ztoc().digest()));
    index.prefetches().forEach(ref -> needed.add(ref.artifact().digest()));
    needed.add(SociMediaTypes.EMPTY_CONFIG);
    for (Digest digest : needed) {
      if (!blobs.containsKey(digest)) {
        throw new IOException("The SOCI index names " + digest + ", which was not given with it");
      }
    }
  }
}
