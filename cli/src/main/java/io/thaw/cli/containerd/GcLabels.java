package io.thaw.cli.containerd;

import io.thaw.index.SociMediaTypes;
import io.thaw.index.oci.ImageManifest;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.OciReader;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// The labels by which containerd's garbage collection finds its way.
///
/// A blob is kept while something that is kept names its digest as the value of a label whose key
/// begins with `containerd.io/gc.ref.content`; what follows in the key only tells such labels
/// apart. Roots are images, leases, and blobs that carry `containerd.io/gc.root`.
///
/// Keys are those of whoever else writes such blobs: containerd's own handlers for images
/// (`config`, `l.N`, `m.N`), SOCI for its indexes (`config`, `ztoc.N`). One is ours: a v1 index is
/// kept by the image manifest it describes, under `soci.` and the hex digits of the index. SOCI
/// makes its v1 indexes roots instead, which outlive their image.
final class GcLabels {
  /// On a blob that nobody else needs to name.
  static final String ROOT = "containerd.io/gc.root";

  /// On a lease: when it ends at the latest, as RFC 3339 writes times.
  static final String EXPIRE = "containerd.io/gc.expire";

  private static final String REF = "containerd.io/gc.ref.content.";
  private static final String V1_REF = REF + "soci.";
  private static final String CONFIG = REF + "config";
  private static final String FIRST_ZTOC = REF + "ztoc.0";

  private GcLabels() {}

  /// The labels of a manifest or index: one for each thing it names.
  ///
  /// @throws IOException if the bytes are neither
  static SortedMap<String, String> of(Descriptor descriptor, byte[] document) throws IOException {
    Numbered labels = new Numbered();
    if (MediaTypes.isIndex(descriptor.mediaType())) {
      List<OciDescriptor> children = OciReader.index(document).manifests();
      for (OciDescriptor child : children) {
        labels.add(MediaTypes.isManifest(child.mediaType()) ? "m." : "", child.digest());
      }
      return labels.all;
    }
    ImageManifest manifest = OciReader.manifest(document);
    boolean soci = isSociConfig(manifest.config().mediaType());
    if (soci || MediaTypes.isImageConfig(manifest.config().mediaType())) {
      labels.all.put(CONFIG, manifest.config().digest().toString());
    } else {
      labels.add("", manifest.config().digest());
    }
    for (OciDescriptor layer : manifest.layers()) {
      labels.add(soci ? "ztoc." : isLayer(layer.mediaType()) ? "l." : "", layer.digest());
    }
    return labels.all;
  }

  /// The label by which an image manifest keeps a v1 index.
  static String keyOfV1(Digest index) {
    return V1_REF + index.hex();
  }

  /// Filters for containerd that let every blob pass that may be a SOCI index: those that we and
  /// SOCI have labelled, and those that containerd has pulled as part of an image.
  static List<String> filtersForIndexes() {
    String empty = SociMediaTypes.EMPTY_CONFIG.toString();
    return List.of(
        "labels.\"" + FIRST_ZTOC + "\"",
        "labels.\"" + CONFIG + "\"==\"" + empty + "\"",
        "labels.\"" + REF + "0\"==\"" + empty + "\"");
  }

  /// A filter for the blobs that keep this one under our key.
  static String filterForKeepersOfV1(Digest index) {
    return "labels.\"" + keyOfV1(index) + "\"";
  }

  private static boolean isSociConfig(String mediaType) {
    return mediaType.equals(SociMediaTypes.INDEX_V1) || mediaType.equals(SociMediaTypes.INDEX_V2);
  }

  private static boolean isLayer(String mediaType) {
    return mediaType.startsWith("application/vnd.oci.image.layer.")
        || mediaType.startsWith("application/vnd.docker.image.rootfs.");
  }

  /// Labels whose keys are counted, kind by kind.
  private static final class Numbered {
    private final SortedMap<String, String> all = new TreeMap<>();
    private final Map<String, Integer> next = new HashMap<>();

    void add(String kind, Digest child) {
      int number = next.merge(kind, 1, Integer::sum) - 1;
      all.put(REF + kind + number, child.toString());
    }
  }
}
