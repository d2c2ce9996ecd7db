package io.thaw.index;

import io.thaw.index.ConvertReport.PlatformReport;
import io.thaw.index.IndexBuilder.Image;
import io.thaw.index.IndexBuilder.Outcome;
import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.ImageIndex;
import io.thaw.index.oci.ImageManifest;
import io.thaw.index.oci.LayoutFormat;
import io.thaw.index.oci.LayoutRoot;
import io.thaw.index.oci.LayoutWriter;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.OciLayout;
import io.thaw.index.oci.OciReader;
import io.thaw.index.oci.OciWriter;
import io.thaw.index.oci.Platform;
import io.thaw.index.oci.Scratch;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Files;
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

/// Makes an image with v2 SOCI indexes out of an image, layout to layout, as
/// `soci convert --standalone` does it, blob for blob.
///
/// Every image manifest gets OCI media types; one whose layers were indexed names its index by an
/// annotation; and the image index, made if the image had none, lists the SOCI indexes behind the
/// images. A SOCI index already listed for a platform is replaced in its place, so that converting
/// twice changes nothing. All other blobs of the source come along.
public final class Converter {
  private static final int MAX_REASONS = 8;

  private final ConvertOptions options;
  private final ConvertProgress progress;

  public Converter(ConvertOptions options, ConvertProgress progress) {
    this.options = options;
    this.progress = progress;
  }

  /// Converts `source` into a layout at `destination`, which appears when all is done and is never
  /// seen half-written.
  ///
  /// @throws NothingToIndexException if no layer of any platform could or should be indexed
  /// @throws IOException if the source is damaged, the destination must not be replaced, or an I/O
  ///     error occurs
  public ConvertReport convert(OciLayout source, Path destination, LayoutFormat format)
      throws IOException {
    LayoutWriter.checkDestination(destination, format);
    try (Scratch scratch = Scratch.beside(destination)) {
      Path ztocs = Files.createDirectory(scratch.directory().resolve("ztocs"));
      Conversion conversion = new Conversion(source, ztocs);
      ConvertReport report = conversion.run();
      Path finished = scratch.directory().resolve("layout");
      LayoutWriter.write(
          finished,
          format,
          ImageIndex.of(List.of(OciDescriptor.of(report.image()))),
          conversion.blobs);
      scratch.publish(finished, destination);
      return report;
    }
  }

  /// The image manifests of a layout, with their platforms, as far as `wanted` names them; all if
  /// it is empty.
  ///
  /// @throws IOException if none matches
  public static List<Image> images(OciLayout source, List<Platform> wanted) throws IOException {
    LayoutRoot root = LayoutRoot.of(source);
    List<Image> images = new ArrayList<>();
    List<Platform> seen = new ArrayList<>();
    for (OciDescriptor entry : entries(root, source)) {
      if (!isImage(entry)) {
        continue;
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
              ? source.source() + " holds no container image"
              : source.source() + " has no image for " + wanted + "; it has " + seen);
    }
    return images;
  }

  private static List<OciDescriptor> entries(LayoutRoot root, OciLayout source) throws IOException {
    return root.isIndex() ? root.index(source).manifests() : List.of(root.descriptor());
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
  private static Image image(OciLayout source, OciDescriptor entry) throws IOException {
    ImageManifest manifest = source.manifest(entry.target());
    if (!MediaTypes.isImageConfig(manifest.config().mediaType())) {
      throw new IOException(
          "Manifest "
              + entry.digest()
              + " in "
              + source.source()
              + " is a "
              + manifest.config().mediaType()
              + ", not a container image");
    }
    if (entry.platform().isPresent()) {
      return new Image(entry, manifest);
    }
    byte[] config = source.bytes(manifest.config().target(), OciReader.MAX_DOCUMENT_BYTES);
    return new Image(entry.withPlatform(OciReader.platformOfConfig(config)), manifest);
  }

  private static Platform platformOf(OciDescriptor image) {
    return image.platform().orElseThrow(() -> new IllegalStateException("image lacks a platform"));
  }

  /// One conversion's state.
  private final class Conversion {
    private final OciLayout source;
    private final Path ztocs;
    private final Map<Digest, BlobContent> blobs = new LinkedHashMap<>();
    private final List<PlatformReport> reports = new ArrayList<>();
    private final Map<Digest, Outcome> outcomes = new LinkedHashMap<>();

    Conversion(OciLayout source, Path ztocs) {
      this.source = source;
      this.ztocs = ztocs;
    }

    ConvertReport run() throws IOException {
      LayoutRoot root = LayoutRoot.of(source);
      for (Digest digest : source.blobs()) {
        blobs.put(digest, BlobContent.of(source, digest));
      }
      root.created().forEach((digest, bytes) -> blobs.put(digest, BlobContent.of(bytes)));

      IndexBuilder builder = new IndexBuilder(source, options, progress, ztocs);
      for (Outcome outcome :
          builder.build(images(source, options.platforms()), SociIndex.Version.V2)) {
        outcomes.put(outcome.image().descriptor().digest(), outcome);
      }
      if (outcomes.values().stream().allMatch(outcome -> outcome.index().isEmpty())) {
        throw nothingIndexed();
      }
      Descriptor image = writeImageIndex(root);
      List<String> notes =
          builder.missingPrefetchFiles().stream()
              .map(path -> "prefetch file " + path + " is in no indexed layer")
              .toList();
      return new ConvertReport(image, reports, notes);
    }

    private Descriptor writeImageIndex(LayoutRoot root) throws IOException {
      List<OciDescriptor> manifests = new ArrayList<>();
      List<OciDescriptor> indexes = new ArrayList<>();
      for (OciDescriptor entry : entries(root, source)) {
        if (isImage(entry)) {
          manifests.add(writeImage(image(source, entry), indexes));
        } else {
          manifests.add(entry);
        }
      }
      place(manifests, indexes);
      ImageIndex original = root.isIndex() ? root.index(source) : ImageIndex.of(List.of());
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

    /// Writes an image manifest under OCI types, naming its index if it has one, which is added to
    /// `indexes`.
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
        blobs.putAll(built.get().blobs());
        blobs.put(built.get().descriptor().digest(), BlobContent.of(built.get().bytes()));
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
      blobs.put(digest, BlobContent.of(bytes));
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
              + source.source()
              + " was indexed ("
              + String.join("; ", reasons.subList(0, Math.min(MAX_REASONS, reasons.size())))
              + more
              + ")");
    }
  }
}
