package io.thaw.index.store;

import io.thaw.index.SociIndex;
import io.thaw.index.SociIndexWriter;
import io.thaw.index.SociMediaTypes;
import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.Platform;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;

/// Indexes with arbitrary bytes for zTOCs: the store looks into none of them.
final class StoreFixture {
  static final long SPAN_SIZE = 4L << 20;

  private StoreFixture() {}

  /// An index and the bytes it names.
  record Made(SociIndex index, Map<Digest, BlobContent> blobs) {
    Digest digest() {
      return Digest.sha256(SociIndexWriter.write(index));
    }
  }

  static Digest layer(int number) {
    return Digest.sha256(("layer " + number).getBytes(StandardCharsets.UTF_8));
  }

  static Digest manifest(String image) {
    return Digest.sha256(("manifest of " + image).getBytes(StandardCharsets.UTF_8));
  }

  static ImageFacts facts(String image) {
    return new ImageFacts(
        Optional.of(image),
        Digest.sha256(("index of " + image).getBytes(StandardCharsets.UTF_8)),
        manifest(image),
        Optional.of(Platform.of("linux", "amd64")));
  }

  /// A v1 index of an image with these layers; a layer's zTOC is the same in every image.
  static Made index(String image, int... layers) {
    Map<Digest, BlobContent> blobs = new LinkedHashMap<>();
    byte[] config = "{}".getBytes(StandardCharsets.UTF_8);
    blobs.put(Digest.sha256(config), BlobContent.of(config));
    List<SociIndex.ZtocRef> refs = new ArrayList<>();
    for (int layer : layers) {
      byte[] ztoc = ztoc(layer);
      blobs.put(Digest.sha256(ztoc), BlobContent.of(ztoc));
      refs.add(
          new SociIndex.ZtocRef(
              new Descriptor(SociMediaTypes.ZTOC, Digest.sha256(ztoc), ztoc.length),
              layer(layer),
              "application/vnd.oci.image.layer.v1.tar+gzip",
              OptionalLong.of(SPAN_SIZE),
              false));
    }
    SociIndex index =
        new SociIndex(
            SociIndex.Version.V1,
            refs,
            List.of(),
            Optional.of("test"),
            Optional.of(new Descriptor(MediaTypes.OCI_MANIFEST, manifest(image), 1234)));
    return new Made(index, blobs);
  }

  static byte[] ztoc(int layer) {
    byte[] bytes = new byte[10_000];
    new Random(layer).nextBytes(bytes);
    return bytes;
  }

  static Digest ztocDigest(int layer) {
    return Digest.sha256(ztoc(layer));
  }

  static StoredArtifact.Index add(ArtifactStore store, String image, int... layers)
      throws IOException {
    Made made = index(image, layers);
    return store.add(made.index(), facts(image), made.blobs());
  }

  /// Stores image after image until it is killed. Argument: the store's root.
  static final class Endless {
    private Endless() {}

    public static void main(String[] args) throws IOException {
      try (ArtifactStore store = ArtifactStore.open(Path.of(args[0]))) {
        for (int i = 0; i < 1_000_000; i++) {
          add(store, "image-" + i, 3 * i, 3 * i + 1, 3 * i + 2);
          System.out.println(i);
        }
      }
    }
  }
}
