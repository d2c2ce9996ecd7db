package io.thaw.index;

import io.thaw.index.oci.ImageManifest;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.OciWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// Encodes a SOCI index byte for byte as AWS's tools do: an OCI image manifest whose layers are the
/// zTOCs, in layer order, and then the prefetch artifacts.
public final class SociIndexWriter {
  /// Content of the config blob every index refers to.
  static final String CONFIG = "{}";

  /// The content of every index's config blob, [SociMediaTypes#EMPTY_CONFIG].
  public static byte[] config() {
    return CONFIG.getBytes(StandardCharsets.UTF_8);
  }

  private SociIndexWriter() {}

  public static byte[] write(SociIndex index) {
    List<OciDescriptor> blobs = new ArrayList<>();
    index.ztocs().forEach(ref -> blobs.add(ztoc(ref)));
    index.prefetches().forEach(ref -> blobs.add(prefetch(index, ref)));
    SortedMap<String, String> annotations = new TreeMap<>();
    index.buildTool().ifPresent(tool -> annotations.put(SociMediaTypes.BUILD_TOOL, tool));
    return OciWriter.write(
        new ImageManifest(
            MediaTypes.OCI_MANIFEST,
            Optional.empty(),
            OciDescriptor.of(
                index.version().artifactType(), SociMediaTypes.EMPTY_CONFIG, CONFIG.length()),
            blobs,
            index.subject().map(OciDescriptor::of),
            annotations));
  }

  private static OciDescriptor ztoc(SociIndex.ZtocRef ref) {
    ZtocAnnotations names = names(ref);
    SortedMap<String, String> annotations = new TreeMap<>();
    annotations.put(names.layerDigest(), ref.layerDigest().toString());
    if (!ref.layerMediaType().isEmpty()) {
      annotations.put(names.layerMediaType(), ref.layerMediaType());
    }
    ref.spanSizeBytes().ifPresent(size -> annotations.put(names.spanSize(), Long.toString(size)));
    if (ref.disableXattrs()) {
      annotations.put(names.disableXattrs(), "true");
    }
    return OciDescriptor.of(ref.ztoc()).withAnnotations(annotations);
  }

  private static ZtocAnnotations names(SociIndex.ZtocRef ref) {
    String mediaType = ref.ztoc().mediaType();
    return ZtocAnnotations.of(mediaType)
        .orElseThrow(() -> new IllegalArgumentException("no zTOC has the media type " + mediaType));
  }

  /// The artifact goes by the names of the zTOC whose spans it lists.
  private static OciDescriptor prefetch(SociIndex index, SociIndex.PrefetchRef ref) {
    ZtocAnnotations names =
        index.ztocOf(ref.layerDigest()).map(SociIndexWriter::names).orElse(ZtocAnnotations.SOCI);
    return OciDescriptor.of(ref.artifact())
        .withAnnotation(names.layerDigest(), ref.layerDigest().toString());
  }
}
