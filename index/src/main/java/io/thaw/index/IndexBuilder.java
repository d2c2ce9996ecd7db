package io.thaw.index;

import io.thaw.index.ConvertReport.LayerReport;
import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.ImageManifest;
import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// Builds SOCI indexes for images of any source.
///
/// A zTOC that was made earlier with the same span size and by the same tool is used again, and
/// its layer is then not read: first those of the supply, then those of the indexes the image
/// already has at its source.
public final class IndexBuilder {
  private final ImageSource source;
  private final ConvertOptions options;
  private final ConvertProgress progress;
  private final Path scratch;
  private final ZtocSupply supply;
  private final Set<String> wanted = new LinkedHashSet<>();
  private final Set<String> found = new LinkedHashSet<>();

  /// @param scratch an existing directory for the zTOCs; the caller removes it when the built
  ///     indexes have been written or pushed
  public IndexBuilder(
      ImageSource source, ConvertOptions options, ConvertProgress progress, Path scratch) {
    this(source, options, progress, scratch, ZtocSupply.NONE);
  }

  /// @param supply zTOCs made earlier
  public IndexBuilder(
      ImageSource source,
      ConvertOptions options,
      ConvertProgress progress,
      Path scratch,
      ZtocSupply supply) {
    this.source = source;
    this.options = options;
    this.progress = progress;
    this.scratch = scratch;
    this.supply = supply.or(new IndexedZtocs(source));
    options.prefetchFiles().forEach(path -> wanted.add(Prefetch.clean(path)));
  }

  /// An image manifest of the source.
  public record Image(OciDescriptor descriptor, ImageManifest manifest) {}

  /// A finished index and everything it refers to.
  ///
  /// @param blobs config, zTOCs and prefetch artifacts, not the manifest itself
  public record BuiltIndex(SociIndex index, Descriptor descriptor, Map<Digest, BlobContent> blobs) {

    /// The index manifest.
    public byte[] bytes() {
      return SociIndexWriter.write(index);
    }
  }

  /// The outcome for one image.
  ///
  /// @param index absent if no layer got a zTOC
  public record Outcome(Image image, Optional<BuiltIndex> index, List<LayerReport> layers) {}

  /// Indexes all layers of the images, shared ones once, and makes an index for each image.
  public List<Outcome> build(List<Image> images, SociIndex.Version version) throws IOException {
    List<OciDescriptor> layers = new ArrayList<>();
    images.forEach(image -> layers.addAll(image.manifest().layers()));
    Map<Descriptor, LayerIndexer.Result> results =
        new LayerIndexer(source, options, progress, scratch, supply, wanted).index(layers);
    List<Outcome> outcomes = new ArrayList<>();
    for (Image image : images) {
      outcomes.add(outcome(image, version, results));
    }
    return outcomes;
  }

  /// The wanted prefetch files no indexed layer has; known once {@link #build} has returned.
  public List<String> missingPrefetchFiles() {
    return wanted.stream().filter(path -> !found.contains(path)).map(path -> "/" + path).toList();
  }

  private Outcome outcome(
      Image image, SociIndex.Version version, Map<Descriptor, LayerIndexer.Result> results) {
    Map<Digest, PrefetchArtifact> prefetches = prefetches(image.manifest(), results);
    List<LayerReport> reports = new ArrayList<>();
    List<SociIndex.ZtocRef> ztocs = new ArrayList<>();
    Map<Digest, BlobContent> blobs = new LinkedHashMap<>();
    for (OciDescriptor layer : image.manifest().layers()) {
      switch (results.get(layer.target())) {
        case LayerIndexer.Indexed done -> {
          ztocs.add(
              new SociIndex.ZtocRef(
                  done.ztoc(),
                  layer.digest(),
                  layer.mediaType(),
                  OptionalLong.of(options.spanSizeBytes()),
                  options.marksLayersWithoutXattrs() && !done.hasXattrs()));
          blobs.put(done.ztoc().digest(), BlobContent.of(done.file(), done.ztoc().sizeBytes()));
          reports.add(
              new LayerReport(
                  layer.target(),
                  new ConvertReport.Indexed(
                      done.ztoc(),
                      done.spans(),
                      done.files(),
                      spanCount(prefetches.get(layer.digest())),
                      done.reused())));
        }
        case LayerIndexer.Skipped skipped ->
            reports.add(
                new LayerReport(layer.target(), new ConvertReport.Skipped(skipped.reason())));
        case null -> throw new IllegalStateException("layer was not indexed: " + layer);
      }
    }
    Optional<BuiltIndex> index =
        ztocs.isEmpty()
            ? Optional.empty()
            : Optional.of(finish(image, version, ztocs, prefetches, blobs));
    return new Outcome(image, index, reports);
  }

  private BuiltIndex finish(
      Image image,
      SociIndex.Version version,
      List<SociIndex.ZtocRef> ztocs,
      Map<Digest, PrefetchArtifact> prefetches,
      Map<Digest, BlobContent> blobs) {
    List<SociIndex.PrefetchRef> refs = new ArrayList<>();
    for (OciDescriptor layer : image.manifest().layers()) {
      PrefetchArtifact artifact = prefetches.remove(layer.digest());
      if (artifact != null) {
        byte[] json = artifact.toJson();
        Digest digest = Digest.sha256(json);
        refs.add(
            new SociIndex.PrefetchRef(
                new Descriptor(SociMediaTypes.PREFETCH, digest, json.length), layer.digest()));
        blobs.put(digest, BlobContent.of(json));
      }
    }
    blobs.put(SociMediaTypes.EMPTY_CONFIG, BlobContent.of(SociIndexWriter.config()));
    SociIndex index =
        new SociIndex(
            version,
            ztocs,
            refs,
            Optional.of(options.buildTool()),
            version == SociIndex.Version.V1
                ? Optional.of(image.descriptor().target())
                : Optional.empty());
    byte[] bytes = SociIndexWriter.write(index);
    return new BuiltIndex(
        index, new Descriptor(MediaTypes.OCI_MANIFEST, Digest.sha256(bytes), bytes.length), blobs);
  }

  /// From the topmost layer down, each wanted file counts where it is first seen.
  private Map<Digest, PrefetchArtifact> prefetches(
      ImageManifest manifest, Map<Descriptor, LayerIndexer.Result> results) {
    Set<String> open = new LinkedHashSet<>(wanted);
    Map<Digest, PrefetchArtifact> prefetches = new HashMap<>();
    for (OciDescriptor layer : manifest.layers().reversed()) {
      if (!(results.get(layer.target()) instanceof LayerIndexer.Indexed done)) {
        continue;
      }
      List<PrefetchArtifact.SpanRange> ranges = new ArrayList<>();
      for (String path : List.copyOf(open)) {
        PrefetchArtifact.SpanRange range = done.hits().ranges().get(path);
        if (range != null) {
          ranges.add(range);
          found.add(path);
        }
        if (done.hits().settled().contains(path)) {
          open.remove(path);
        }
      }
      if (!ranges.isEmpty()) {
        prefetches.putIfAbsent(layer.digest(), new PrefetchArtifact(Prefetch.merge(ranges)));
      }
    }
    return prefetches;
  }

  private static int spanCount(@org.jspecify.annotations.Nullable PrefetchArtifact artifact) {
    return artifact == null
        ? 0
        : artifact.ranges().stream().mapToInt(r -> r.lastSpan() - r.firstSpan() + 1).sum();
  }
}
