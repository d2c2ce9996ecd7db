package io.thaw.index;

import io.thaw.index.ConvertReport.PlatformReport;
import io.thaw.index.IndexBuilder.Image;
import io.thaw.index.IndexBuilder.Outcome;
import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.ImageContent;
import io.thaw.index.oci.ImageIndex;
import io.thaw.index.oci.ImageManifest;
import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.OciReader;
import io.thaw.index.oci.OciWriter;
import io.thaw.index.oci.Platform;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// Makes an image with v2 SOCI indexes out of an image of any source, as `soci convert` does it,
/// blob for blob.
///
/// Every image manifest gets OCI media types; one whose layers were indexed names its index by an
/// annotation; and the image index, made if the image had none, lists the SOCI indexes behind the
/// images. A SOCI index already listed for a platform is replaced in its place, so that
/// converting twice changes nothing. Platforms the source lacks stay listed as they are.
public final class Converter {
  private static final int MAX_REASONS = 8;
  private static final int MAX_PLATFORMS = 256;

  private final ConvertOptions options;
  private final ConvertProgress progress;
  private final ZtocSupply supply;

  public Converter(ConvertOptions options, ConvertProgress progress) {
    this(options, progress, ZtocSupply.NONE);
  }

  /// @param supply zTOCs made earlier, asked before the indexes the image already has
  public Converter(ConvertOptions options, ConvertProgress progress, ZtocSupply supply) {
    this.options = options;
    this.progress = progress;
    this.supply = supply;
  }

  /// Converts the image of `source`. Nothing is written but zTOCs into `scratch`.
  ///
  /// @param scratch an existing directory; the caller removes it when the content has been
  ///     written
  /// @throws NothingToIndexException if no layer of any platform could or should be indexed
  /// @throws IOException if the source is damaged or fails, or an I/O error occurs
  public Conversion convert(ImageSource source, Path scratch) throws IOException {
    return new Work(source, scratch).run();
  }

  /// The image manifests of a source, with their platforms, as far as `wanted` names them; all
  /// the source has if it is empty.
  ///
  /// @throws IOException if none matches
  public static List<Image> images(ImageSource source, List<Platform> wanted) throws IOException {
    List<Image> images = new ArrayList<>();
    List<Platform> seen = new ArrayList<>();
    for (OciDescriptor entry : entries(source)) {
      if (!isImage(entry) || !source.holds(entry.target())) {
        continue;
      }
      if (seen.size() == MAX_PLATFORMS) {
        throw new IOException(
            source.name() + " has images for more than " + MAX_PLATFORMS + " platforms");
      }
      Image image = image(source, entry);
      Platform platform = platformOf(image.descriptor());
      seen.add(platform);
      if (wanted.isEmpty() || wanted.stream().anyMatch(platform::matches)) {
        images.add(image);
      }
    }
    if (images.isEmpty()) {
      throw new IOException(
          seen.isEmpty()
              ? source.name() + " holds no container image"
              : source.name() + " has no image for " + wanted + "; it has " + seen);
    }
    return images;
  }

  private static List<OciDescriptor> entries(ImageSource source) throws IOException {
    OciDescriptor root = source.root();
    return MediaTypes.isIndex(root.mediaType())
        ? source.index(root.target()).manifests()
        : List.of(root);
  }

  /// An entry that is a container image, and not an index, an attestation or another artifact.
  private static boolean isImage(OciDescriptor entry) {
    boolean unknown =
        entry.platform().filter(platform -> platform.os().equals("unknown")).isPresent();
    return MediaTypes.isManifest(entry.mediaType())
        && entry.artifactType().isEmpty()
        && !unknown
        && !entry.annotations().containsKey("vnd.docker.reference.type");
  }

  /// Reads a manifest; an entry without a platform gets that of its configuration.
  private static Image image(ImageSource source, OciDescriptor entry) throws IOException {
    ImageManifest manifest = source.manifest(entry.target());
    if (!MediaTypes.isImageConfig(manifest.config().mediaType())) {
      throw new IOException(
          "Manifest "
              + entry.digest()
              + " in "
              + source.name()
              + " is a "
              + manifest.config().mediaType()
              + ", not a container image");
    }
    if (entry.platform().isPresent()) {
      return new Image(entry, manifest);
    }
    byte[] config = source.document(manifest.config().target());
    return new Image(entry.withPlatform(OciReader.platformOfConfig(config)), manifest);
  }

  private static Platform platformOf(OciDescriptor image) {
    return image.platform().orElseThrow(() -> new IllegalStateException("image lacks a platform"));
  }

  /// One conversion's state.
  private final class Work {
    private final ImageSource source;
    private final Path scratch;
    private final Map<Digest, byte[]> documents = new LinkedHashMap<>();
    private final Map<Digest, BlobContent> made = new LinkedHashMap<>();
    private final List<PlatformReport> reports = new ArrayList<>();
    private final Map<Digest, Outcome> outcomes = new LinkedHashMap<>();

    Work(ImageSource source, Path scratch) {
      this.source = source;
      this.scratch = scratch;
    }

    Conversion run() throws IOException {
      IndexBuilder builder = new IndexBuilder(source, options, progress, scratch, supply);
      for (Outcome outcome :
          builder.build(images(source, options.platforms()), SociIndex.Version.V2)) {
        outcomes.put(outcome.image().descriptor().digest(), outcome);
      }
      if (outcomes.values().stream().allMatch(outcome -> outcome.index().isEmpty())) {
        throw nothingIndexed();
      }
      Descriptor image = writeImageIndex();
      List<String> notes =
          builder.missingPrefetchFiles().stream()
              .map(path -> "prefetch file " + path + " is in no indexed layer")
              .toList();
      return new Conversion(
          ImageContent.of(source, OciDescriptor.of(image), documents, made),
          new ConvertReport(image, reports, notes));
    }

    private Descriptor writeImageIndex() throws IOException {
      List<OciDescriptor> manifests = new ArrayList<>();
      List<OciDescriptor> indexes = new ArrayList<>();
      for (OciDescriptor entry : entries(source)) {
        if (isImage(entry) && source.holds(entry.target())) {
          manifests.add(writeImage(image(source, entry), indexes));
        } else {
          manifests.add(entry);
        }
      }
      place(manifests, indexes);
      Descriptor root = source.root().target();
      ImageIndex original =
          MediaTypes.isIndex(root.mediaType()) ? source.index(root) : ImageIndex.of(List.of());
      return put(
          MediaTypes.OCI_INDEX,
          OciWriter.write(
              new ImageIndex(
                  MediaTypes.OCI_INDEX,
                  original.artifactType(),
                  manifests,
                  original.subject(),
                  original.annotations())));
    }

    /// Writes an image manifest under OCI types, naming its index if it has one, which is added
    /// to `indexes`.
    private OciDescriptor writeImage(Image image, List<OciDescriptor> indexes) throws IOException {
      Outcome outcome = outcomes.get(image.descriptor().digest());
      Optional<IndexBuilder.BuiltIndex> built =
          outcome == null ? Optional.empty() : outcome.index();
      SortedMap<String, String> added = new TreeMap<>();
      built.ifPresent(
          index -> added.put(SociMediaTypes.INDEX_DIGEST, index.descriptor().digest().toString()));
      ImageManifest manifest = image.manifest().asOci(added);
      Descriptor target = put(MediaTypes.OCI_MANIFEST, OciWriter.write(manifest));
      Platform platform = platformOf(image.descriptor());
      if (built.isPresent()) {
        made.putAll(built.get().blobs());
        documents.put(built.get().descriptor().digest(), built.get().bytes());
        indexes.add(
            OciDescriptor.of(built.get().descriptor())
                .withAnnotation(SociMediaTypes.IMAGE_MANIFEST_DIGEST, target.digest().toString())
                .withPlatform(platform)
                .withArtifactType(SociMediaTypes.INDEX_V2));
      }
      if (outcome != null) {
        reports.add(
            new PlatformReport(
                platform,
                target.digest(),
                built.map(index -> index.descriptor().digest()),
                outcome.layers()));
      }
      return new OciDescriptor(
          target,
          image.descriptor().urls(),
          manifest.annotations(),
          Optional.empty(),
          Optional.of(platform),
          Optional.empty());
    }

    /// Puts each index where the source listed one for the same platform, else behind the rest.
    private static void place(List<OciDescriptor> manifests, List<OciDescriptor> indexes) {
      int listed = manifests.size();
      Set<Integer> taken = new HashSet<>();
      for (OciDescriptor index : indexes) {
        int place = 0;
        while (place < listed
            && (taken.contains(place) || !isIndexFor(manifests.get(place), index))) {
          place++;
        }
        if (place < listed) {
          manifests.set(place, index);
          taken.add(place);
        } else {
          manifests.add(index);
        }
      }
    }

    private static boolean isIndexFor(OciDescriptor present, OciDescriptor index) {
      Platform wanted = platformOf(index);
      return present.artifactType().filter(SociMediaTypes.INDEX_V2::equals).isPresent()
          && present.platform().filter(platform -> platform.matches(wanted)).isPresent();
    }

    private Descriptor put(String mediaType, byte[] bytes) {
      Digest digest = Digest.sha256(bytes);
      documents.put(digest, bytes);
      return new Descriptor(mediaType, digest, bytes.length);
    }

    private NothingToIndexException nothingIndexed() {
      List<String> reasons = new ArrayList<>();
      for (Outcome outcome : outcomes.values()) {
        for (ConvertReport.LayerReport layer : outcome.layers()) {
          if (layer.outcome() instanceof ConvertReport.Skipped skipped) {
            reasons.add("layer " + layer.layer().digest() + ": " + skipped.reason());
          }
        }
      }
      String more =
          reasons.size() > MAX_REASONS ? "; and " + (reasons.size() - MAX_REASONS) + " more" : "";
      return new NothingToIndexException(
          "No layer of "
              + source.name()
              + " was indexed ("
              + String.join("; ", reasons.subList(0, Math.min(MAX_REASONS, reasons.size())))
              + more
              + ")");
    }
  }
}
