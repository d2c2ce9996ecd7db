package io.thaw.it;

import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.Layer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// The labels with which clients ask for one layer of an image.
final class LayerLabels {
  private LayerLabels() {}

  /// What containerd's CRI plugin and its transfer service send.
  static Map<String, String> cri(String reference, ImageLayout image, int layer) {
    List<Layer> rest = image.layers().subList(layer, image.layers().size());
    return Map.of(
        "containerd.io/snapshot.ref",
        image.chainId(layer),
        "containerd.io/snapshot/cri.image-ref",
        reference,
        "containerd.io/snapshot/cri.layer-digest",
        rest.getFirst().digest(),
        "containerd.io/snapshot/cri.image-layers",
        rest.stream().map(Layer::digest).collect(Collectors.joining(",")));
  }

  /// What nerdctl sends to a snapshotter it knows as `soci`: CRI's, sizes, and the digest of an
  /// index, which is empty unless its user gave one.
  static Map<String, String> nerdctl(
      String reference, ImageLayout image, int layer, String indexDigest) {
    List<Layer> rest = image.layers().subList(layer, image.layers().size());
    Map<String, String> labels = new HashMap<>(cri(reference, image, layer));
    labels.put(
        "containerd.io/snapshot/remote/soci.size", Long.toString(rest.getFirst().sizeBytes()));
    labels.put(
        "containerd.io/snapshot/remote/image.layers.size",
        rest.stream().map(l -> Long.toString(l.sizeBytes())).collect(Collectors.joining(",")));
    labels.put("containerd.io/snapshot/remote/soci.index.digest", indexDigest);
    return labels;
  }
}
