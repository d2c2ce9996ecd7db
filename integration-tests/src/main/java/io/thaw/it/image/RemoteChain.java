package io.thaw.it.image;

import io.thaw.index.ConvertOptions;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// An indexed image in a registry, as the requests by which containerd asks for its layers.
///
/// @param names of the committed snapshots, lowest first
/// @param labels of the request for each
public record RemoteChain(List<String> names, List<Map<String, String>> labels) {
  private static final ConvertOptions SMALL_SPANS =
      ConvertOptions.DEFAULT.withSpanSize(1 << 18).withMinLayerSize(0);

  public RemoteChain {
    names = List.copyOf(names);
    labels = List.copyOf(labels);
  }

  /// Makes an image of these stored layers at `layout` and pushes it to `reference`.
  public static RemoteChain push(List<Path> stored, Path layout, String reference)
      throws IOException {
    LayoutWriter writer = new LayoutWriter(layout);
    for (Path layer : stored) {
      writer.addStored(layer);
    }
    ImageLayout image = writer.finish(List.of("/nothing"), List.of("PATH=/"));
    Digest index = new ImagePush(null).pushWithReferrer(layout, reference, SMALL_SPANS);
    List<String> names = new ArrayList<>();
    List<Map<String, String>> labels = new ArrayList<>();
    for (int i = 0; i < image.layers().size(); i++) {
      Layer layer = image.layers().get(i);
      String below = names.isEmpty() ? "" : names.getLast();
      String name =
          below.isEmpty() ? layer.diffId() : LayoutWriter.digestOf(below + " " + layer.diffId());
      names.add(name);
      labels.add(
          Map.of(
              "containerd.io/snapshot.ref",
              name,
              "containerd.io/snapshot/cri.image-ref",
              reference,
              "containerd.io/snapshot/cri.manifest-digest",
              image.manifestDigest(),
              "containerd.io/snapshot/cri.layer-digest",
              layer.digest(),
              "containerd.io/snapshot/cri.image-layers",
              String.join(",", image.layers().stream().skip(i).map(Layer::digest).toList()),
              "containerd.io/snapshot/remote/soci.index.digest",
              index.toString()));
    }
    return new RemoteChain(names, labels);
  }

  /// Name of the layer below, "" for the lowest.
  public String parent(int position) {
    return position == 0 ? "" : names.get(position - 1);
  }

  /// The labels of a request for the layer.
  public Map<String, String> request(int position) {
    return new HashMap<>(labels.get(position));
  }
}
