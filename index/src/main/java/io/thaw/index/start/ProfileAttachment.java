package io.thaw.index.start;

import io.thaw.index.IndexDiscovery;
import io.thaw.index.IndexResolver;
import io.thaw.index.PrefetchArtifact.SpanRange;
import io.thaw.index.ReferrerPusher;
import io.thaw.index.SociIndex;
import io.thaw.index.SociIndex.PrefetchRef;
import io.thaw.index.SociIndex.ZtocRef;
import io.thaw.index.SociIndexWriter;
import io.thaw.index.SociMediaTypes;
import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.ImageIndex;
import io.thaw.index.oci.ImageManifest;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.OciReader;
import io.thaw.index.oci.OciWriter;
import io.thaw.index.oci.WriteProgress;
import io.thaw.index.place.BlobUploader;
import io.thaw.index.place.ReferrersTag;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Manifest;
import io.thaw.registry.Reference;
import io.thaw.registry.Referrer;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// Attaches a start profile to an image's SOCI index in its registry, as prefetch artifacts, so
/// that all nodes fetch by it.
///
/// The index gets a new digest. A v2 index is named by its image manifest, so the manifest and the
/// tag change as well; layers and zTOCs stay. A v1 index is listed as a referrer of the image,
/// which stays as it is.
public final class ProfileAttachment {
  private final RegistryClient registry;

  public ProfileAttachment(RegistryClient registry) {
    this.registry = registry;
  }

  /// What was done.
  ///
  /// @param image digest the reference has now
  /// @param index digest of the index the artifacts are in
  /// @param replaced the index before
  /// @param layers layers that got an artifact
  /// @param spans spans the artifacts name
  /// @param bytes compressed bytes of these
  /// @param firstListed digest of the v1 index that pullers take, if that is another one
  public record Report(
      Digest image,
      Digest index,
      Digest replaced,
      int layers,
      int spans,
      long bytes,
      Optional<Digest> firstListed) {}

  /// Attaches the profile; artifacts of layers the profile tells nothing of stay.
  ///
  /// @param reference names a tag
  /// @throws IOException if the image has no index, or one that does not have the profile's zTOCs
  public Report attach(Reference reference, StartProfile profile) throws IOException {
    Repository repository = reference.repository();
    String tag =
        Optional.ofNullable(reference.tag())
            .orElseThrow(
                () -> new IllegalArgumentException(reference + " names no tag; a tag is needed"));
    Manifest root = registry.manifest(repository, tag);
    List<String> reasons = new ArrayList<>();
    for (Descriptor candidate : images(root)) {
      IndexDiscovery discovery =
          new IndexResolver(registry)
              .find(
                  new IndexResolver.Query(
                      repository,
                      candidate.digest(),
                      Optional.empty(),
                      EnumSet.allOf(SociIndex.Version.class)));
      switch (discovery) {
        case IndexDiscovery.NotFound none -> reasons.add(none.reason());
        case IndexDiscovery.Found found -> {
          Attached attached = attached(found.index(), profile);
          if (attached.layers > 0) {
            return push(repository, tag, root, found, attached);
          }
          reasons.add(
              "index %s has none of the profile's zTOCs".formatted(found.descriptor().digest()));
        }
      }
    }
    throw new IOException(
        "the profile of %s does not fit %s: %s; record it on a node that pulled this image"
            .formatted(profile.manifest(), reference, String.join("; ", reasons)));
  }

  private static List<Descriptor> images(Manifest root) throws IOException {
    if (!MediaTypes.isIndex(root.descriptor().mediaType())) {
      return List.of(root.descriptor());
    }
    return OciReader.index(root.bytes()).manifests().stream()
        .filter(e -> MediaTypes.isManifest(e.mediaType()) && e.artifactType().isEmpty())
        .filter(e -> !e.annotations().containsKey("vnd.docker.reference.type"))
        .map(OciDescriptor::target)
        .toList();
  }

  private record Attached(
      SociIndex index, Map<Digest, BlobContent> blobs, int layers, int spans, long bytes) {}

  private static Attached attached(SociIndex index, StartProfile profile) {
    List<List<SpanRange>> plan = StartPlan.of(profile);
    List<PrefetchRef> refs = new ArrayList<>();
    Map<Digest, BlobContent> blobs = new LinkedHashMap<>();
    List<Digest> covered = new ArrayList<>();
    int spans = 0;
    long bytes = 0;
    for (int place = 0; place < profile.layers().size(); place++) {
      StartProfile.LayerRef layer = profile.layers().get(place);
      Optional<ZtocRef> ztoc = index.ztocOf(layer.layer());
      boolean fits = ztoc.filter(ref -> ref.ztoc().digest().equals(layer.ztoc())).isPresent();
      List<SpanRange> ranges = plan.get(place);
      if (!fits || ranges.isEmpty()) {
        continue;
      }
      byte[] json = StartPlan.artifact(ranges).toJson();
      Descriptor artifact =
          new Descriptor(SociMediaTypes.PREFETCH, Digest.sha256(json), json.length);
      refs.add(new PrefetchRef(artifact, layer.layer()));
      blobs.put(artifact.digest(), BlobContent.of(json));
      covered.add(layer.layer());
      int at = place;
      spans += ranges.stream().mapToInt(r -> r.lastSpan() - r.firstSpan() + 1).sum();
      bytes +=
          profile.wanted().stream()
              .filter(step -> step.layer() == at)
              .mapToLong(StartProfile.Step::bytes)
              .sum();
    }
    List<PrefetchRef> all = new ArrayList<>();
    for (ZtocRef ztoc : index.ztocs()) {
      Digest layer = ztoc.layerDigest();
      List<PrefetchRef> source = covered.contains(layer) ? refs : index.prefetches();
      source.stream()
          .filter(ref -> ref.layerDigest().equals(layer) && !all.contains(ref))
          .forEach(all::add);
    }
    SociIndex changed =
        new SociIndex(index.version(), index.ztocs(), all, index.buildTool(), index.subject());
    return new Attached(changed, blobs, refs.size(), spans, bytes);
  }

  private Report push(
      Repository repository,
      String tag,
      Manifest root,
      IndexDiscovery.Found found,
      Attached attached)
      throws IOException {
    byte[] bytes = SociIndexWriter.write(attached.index);
    Descriptor index = new Descriptor(MediaTypes.OCI_MANIFEST, Digest.sha256(bytes), bytes.length);
    Digest before = found.descriptor().digest();
    Digest image = root.descriptor().digest();
    Optional<Digest> first = Optional.empty();
    if (!index.digest().equals(before)) {
      switch (attached.index.version()) {
        case V1 -> first = pushReferrer(repository, index, bytes, attached, found);
        case V2 -> image = pushImage(repository, tag, root, found, index, bytes, attached);
      }
    }
    return new Report(
        image, index.digest(), before, attached.layers, attached.spans, attached.bytes, first);
  }

  /// @return the index pullers take, if that is not the new one
  private Optional<Digest> pushReferrer(
      Repository repository,
      Descriptor index,
      byte[] bytes,
      Attached attached,
      IndexDiscovery.Found found)
      throws IOException {
    Digest subject = found.imageDescriptor().digest();
    var _ = new ReferrerPusher(registry).push(repository, bytes, attached.blobs);
    List<Referrer> listed = registry.referrers(repository, subject, SociMediaTypes.INDEX_V1);
    if (!isFirst(listed, index.digest())) {
      new ReferrersTag(registry, repository, subject)
          .replace(found.descriptor().digest(), index.digest());
      listed = registry.referrers(repository, subject, SociMediaTypes.INDEX_V1);
    }
    return isFirst(listed, index.digest())
        ? Optional.empty()
        : listed.stream().map(Referrer::descriptor).map(Descriptor::digest).findFirst();
  }

  private static boolean isFirst(List<Referrer> listed, Digest index) {
    return !listed.isEmpty() && listed.getFirst().descriptor().digest().equals(index);
  }

  /// Pushes the index, the image manifest that names it, and the image index under the tag.
  private Digest pushImage(
      Repository repository,
      String tag,
      Manifest root,
      IndexDiscovery.Found found,
      Descriptor index,
      byte[] bytes,
      Attached attached)
      throws IOException {
    BlobUploader uploader =
        new BlobUploader(registry, repository, BlobUploader.DEFAULT_PARALLEL, WriteProgress.NONE);
    attached.blobs.forEach(uploader::add);
    byte[] config = SociIndexWriter.config();
    uploader.add(Digest.sha256(config), BlobContent.of(config));
    uploader.run();
    var _ = registry.pushManifest(repository, index.digest(), index.mediaType(), bytes);

    ImageManifest old = found.image();
    SortedMap<String, String> annotations = new TreeMap<>(old.annotations());
    annotations.put(SociMediaTypes.INDEX_DIGEST, index.digest().toString());
    byte[] manifest =
        OciWriter.write(
            new ImageManifest(
                old.mediaType(),
                old.artifactType(),
                old.config(),
                old.layers(),
                old.subject(),
                annotations));
    Descriptor image = new Descriptor(old.mediaType(), Digest.sha256(manifest), manifest.length);
    if (!MediaTypes.isIndex(root.descriptor().mediaType())) {
      var _ = registry.pushManifest(repository, tag, image.mediaType(), manifest);
      return image.digest();
    }
    var _ = registry.pushManifest(repository, image.digest(), image.mediaType(), manifest);
    ImageIndex listed = OciReader.index(root.bytes());
    List<OciDescriptor> entries = new ArrayList<>();
    for (OciDescriptor entry : listed.manifests()) {
      entries.add(renewed(entry, found, index, image, annotations));
    }
    byte[] top = OciWriter.write(listed.withManifests(entries));
    var _ = registry.pushManifest(repository, tag, listed.mediaType(), top);
    return Digest.sha256(top);
  }

  private static OciDescriptor renewed(
      OciDescriptor entry,
      IndexDiscovery.Found found,
      Descriptor index,
      Descriptor image,
      SortedMap<String, String> annotations) {
    if (entry.digest().equals(found.imageDescriptor().digest())) {
      boolean named = entry.annotations().containsKey(SociMediaTypes.INDEX_DIGEST);
      OciDescriptor renewed = entry.withTarget(image);
      return named
          ? renewed.withAnnotation(
              SociMediaTypes.INDEX_DIGEST,
              Objects.requireNonNull(annotations.get(SociMediaTypes.INDEX_DIGEST)))
          : renewed;
    }
    if (entry.digest().equals(found.descriptor().digest())) {
      return entry
          .withTarget(index)
          .withAnnotation(SociMediaTypes.IMAGE_MANIFEST_DIGEST, image.digest().toString());
    }
    return entry;
  }
}
