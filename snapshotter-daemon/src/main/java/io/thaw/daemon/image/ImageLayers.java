package io.thaw.daemon.image;

import io.thaw.index.oci.ImageManifest;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.registry.Digest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The layers of an image with the digests of their tars, as the image's configuration has them.
///
/// @param layers the manifest's, the lowest first
/// @param diffIds of the same layers
record ImageLayers(List<OciDescriptor> layers, List<Digest> diffIds) {
  ImageLayers {
    layers = List.copyOf(layers);
    diffIds = List.copyOf(diffIds);
  }

  /// Brings manifest and configuration together.
  ///
  /// @throws IllegalArgumentException if they contradict each other; the message is the reason
  static ImageLayers of(ImageManifest image, List<Digest> diffIds) {
    if (diffIds.size() != image.layers().size()) {
      throw new IllegalArgumentException(
          "the image's manifest has %d layers but its configuration lists %d"
              .formatted(image.layers().size(), diffIds.size()));
    }
    return new ImageLayers(image.layers(), diffIds);
  }

  /// The digest a layer's tar has.
  ///
  /// @throws IllegalArgumentException if the layer is not in the image, or stands there twice with
  ///     different digests
  Digest diffId(Digest layer) {
    List<Digest> found = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      if (layers.get(i).digest().equals(layer) && !found.contains(diffIds.get(i))) {
        found.add(diffIds.get(i));
      }
    }
    if (found.size() != 1) {
      throw new IllegalArgumentException(
          "the image's configuration has %d digests for the tar of layer %s"
              .formatted(found.size(), layer));
    }
    return found.getFirst();
  }

  /// Whether `chainId` is what containerd calls a snapshot of this layer and those below it, at any
  /// of the places where the layer stands in the image.
  boolean isChainOf(Digest layer, String chainId) {
    String chain = "";
    for (int i = 0; i < layers.size(); i++) {
      String diffId = diffIds.get(i).toString();
      chain =
          i == 0
              ? diffId
              : Digest.sha256((chain + " " + diffId).getBytes(StandardCharsets.US_ASCII))
                  .toString();
      if (layers.get(i).digest().equals(layer) && chain.equals(chainId)) {
        return true;
      }
    }
    return false;
  }
}
