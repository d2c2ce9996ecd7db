package io.thaw.bench.daemon;

import io.thaw.index.ConvertOptions;
import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.ImagePush;
import io.thaw.it.image.Layer;
import io.thaw.it.image.LayoutWriter;
import io.thaw.it.net.LocalRegistry;
import io.thaw.it.node.MountedSnapshot;
import io.thaw.it.node.SnapshotsClient;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/// An indexed image of two layers with a few hundred files each, for a daemon to mount. No two have
/// a layer in common.
final class SmallImage {
  private static final int FILES = 300;
  private static final int MAX_FILE_BYTES = 64 << 10;
  private static final ConvertOptions ALL_LAYERS = ConvertOptions.DEFAULT.withMinLayerSize(0);

  private final ImageLayout layout;
  private final String reference;
  private final Digest index;

  private SmallImage(ImageLayout layout, String reference, Digest index) {
    this.layout = layout;
    this.reference = reference;
    this.index = index;
  }

  /// Makes the image number `seed` below `dir` and pushes it.
  static SmallImage push(int seed, Path dir, LocalRegistry registry) throws IOException {
    LayoutWriter writer = new LayoutWriter(dir.resolve("image-" + seed));
    Random random = new Random(seed);
    for (String name : List.of("lower", "upper")) {
      writer.addLayer(tar -> writeFiles(name + seed, random, tar));
    }
    ImageLayout layout = writer.finish(List.of("/none"), List.of());
    String reference = registry.address() + "/small:" + seed;
    Digest index = new ImagePush(null).pushWithReferrer(layout.dir(), reference, ALL_LAYERS);
    return new SmallImage(layout, reference, index);
  }

  // Text of few different letters, so that it shrinks like a program does.
  private static void writeFiles(String top, Random random, OutputStream out) throws IOException {
    TarArchiveOutputStream tar = new TarArchiveOutputStream(out, "UTF-8");
    for (int i = 0; i < FILES; i++) {
      byte[] content = new byte[random.nextInt(MAX_FILE_BYTES)];
      for (int j = 0; j < content.length; j++) {
        content[j] = (byte) ('a' + random.nextInt(1 + random.nextInt(16)));
      }
      TarArchiveEntry entry = new TarArchiveEntry(top + "/" + i % 10 + "/file" + i);
      entry.setModTime(0L);
      entry.setSize(content.length);
      tar.putArchiveEntry(entry);
      tar.write(content);
      tar.closeArchiveEntry();
    }
    tar.finish();
  }

  int layers() {
    return layout.layers().size();
  }

  /// Asks for all layers as containerd does.
  ///
  /// @return the time that took, in seconds
  /// @throws IOException if the daemon leaves a layer to containerd
  double prepare(SnapshotsClient snapshots) throws IOException {
    String parent = "";
    String all = String.join(",", layout.layers().stream().map(Layer::digest).toList());
    long start = System.nanoTime();
    for (Layer layer : layout.layers()) {
      String name = parent.isEmpty() ? layer.diffId() : layout.chainId();
      Map<String, String> labels =
          Map.of(
              "containerd.io/snapshot.ref",
              name,
              "containerd.io/snapshot/cri.image-ref",
              reference,
              "containerd.io/snapshot/cri.manifest-digest",
              layout.manifestDigest(),
              "containerd.io/snapshot/cri.layer-digest",
              layer.digest(),
              "containerd.io/snapshot/cri.image-layers",
              all,
              "containerd.io/snapshot/remote/soci.index.digest",
              index.toString());
      if (!snapshots.prepareRemote("extract-" + name, parent, labels)) {
        throw new IOException("The daemon did not mount a layer of " + reference);
      }
      parent = name;
    }
    return (System.nanoTime() - start) / 1e9;
  }

  /// Reads every byte of the image through a view of it.
  void read(SnapshotsClient snapshots, Path mountpoint) throws IOException {
    String key = "view-" + layout.chainId();
    try (MountedSnapshot view =
        MountedSnapshot.at(mountpoint, snapshots.view(key, layout.chainId(), Map.of()))) {
      byte[] buffer = new byte[1 << 16];
      try (var files = Files.walk(view.root())) {
        for (Path file : (Iterable<Path>) files::iterator) {
          if (Files.isRegularFile(file)) {
            try (var in = Files.newInputStream(file)) {
              while (in.read(buffer) >= 0) {
                // only to have it read
              }
            }
          }
        }
      }
    }
    snapshots.remove(key);
  }
}
