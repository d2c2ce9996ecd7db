package io.thaw.index;

import io.thaw.index.oci.ImageManifest;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.OciWriter;
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

  private SociIndexWriter() {}

  public static byte[] write(SociIndex index) {
    List<OciDescriptor> blobs = new ArrayList<>();
    index.ztocs().forEach(ref -> blobs.add(ztoc(ref)));
    index.prefetches().forEach(ref -> blobs.add(prefetch(ref)));
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
    SortedMap<String, String> annotations = new TreeMap<>();
    annotations.put(SociMediaTypes.LAYER_DIGEST, ref.layerDigest().toString());
    if (!ref.layerMediaType().isEmpty()) {
      annotations.put(SociMediaTypes.LAYER_MEDIA_TYPE, ref.layerMediaType());
    }
    ref.spanSizeBytes()
        .ifPresent(size -> annotations.put(SociMediaTypes.SPAN_SIZE, Long.toString(size)));
    if (ref.disableXattrs()) {
      annotations.put(SociMediaTypes.DISABLE_XATTRS, "true");
    }
    return OciDescriptor.of(ref.ztoc()).withAnnotations(annotations);
  }

  private static OciDescriptor prefetch(SociIndex.PrefetchRef ref) {
    return OciDescriptor.of(ref.artifact())
        .withAnnotation(SociMediaTypes.LAYER_DIGEST, ref.layerDigest().toString());
  }
}
