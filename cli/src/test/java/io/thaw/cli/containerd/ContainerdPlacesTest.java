package io.thaw.cli.containerd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.index.oci.ImageContent;
import io.thaw.index.oci.MediaTypes;
import io.thaw.proto.containerd.images.v1.Image;
import io.thaw.proto.containerd.types.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Repository;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ContainerdPlacesTest {
  private static final String NAME = "docker.io/library/app:1";
  private static final String TYPE = "application/octet-stream";

  private FakeContainerd containerd;
  private ContainerdClient client;
  private byte[] layer;
  private Digest layerDigest;
  private Digest manifestDigest;

  @BeforeEach
  void storeAnImage() throws IOException {
    containerd = new FakeContainerd();
    client = containerd.client();
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    layer = new byte[10_500];
    new Random(seed).nextBytes(layer);
    layerDigest = containerd.content.add(layer);
    byte[] config = "{\"os\":\"linux\",\"architecture\":\"amd64\"}".getBytes(UTF_8);
    String manifest =
        """
        {"schemaVersion":2,"mediaType":"%s","config":{"mediaType":"%s","digest":"%s","size":%d},\
        "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"%s","size":%d}]}"""
            .formatted(
                MediaTypes.OCI_MANIFEST,
                MediaTypes.OCI_CONFIG,
                containerd.content.add(config),
                config.length,
                layerDigest,
                layer.length);
    manifestDigest = containerd.content.add(manifest.getBytes(UTF_8));
    containerd.images.put(
        NAME,
        Image.newBuilder()
            .setName(NAME)
            .setTarget(
                Descriptor.newBuilder()
                    .setMediaType(MediaTypes.OCI_MANIFEST)
                    .setDigest(manifestDigest.toString())
                    .setSize(manifest.length()))
            .build());
  }

  @AfterEach
  void disconnect() throws IOException {
    client.close();
    containerd.close();
  }

  @Test
  void readsAnImageByTheNamePeopleUse() throws IOException {
    try (ContainerdSource source = ContainerdSource.open(client, "app:1")) {
      assertThat(source.name()).isEqualTo(NAME);
      assertThat(source.root().digest()).isEqualTo(manifestDigest);
      assertThat(source.manifest(source.root().target()).layers().getFirst().digest())
          .isEqualTo(layerDigest);
      assertThat(source.sizeBytes(layerDigest)).hasValue(layer.length);
    }
  }

  @Test
  void keepsTheImageWhileItIsRead() throws IOException {
    try (ContainerdSource source = ContainerdSource.open(client, NAME)) {
      assertThat(source.name()).isEqualTo(NAME);
      assertThat(containerd.leases).hasSize(1);
    }
    assertThat(containerd.calls)
        .containsExactly("lease create", "keep " + manifestDigest, "lease delete");
  }

  @Test
  void readsRanges() throws IOException {
    try (ContainerdSource source = ContainerdSource.open(client, NAME);
        InputStream in = source.openRange(blob(), 990, 3_010)) {
      assertThat(in.readAllBytes()).isEqualTo(java.util.Arrays.copyOfRange(layer, 990, 3_010));
    }
  }

  @Test
  void asksNothingForAnEmptyRange() throws IOException {
    try (ContainerdSource source = ContainerdSource.open(client, NAME);
        InputStream in = source.openRange(blob(), 5, 5)) {
      assertThat(in.readAllBytes()).isEmpty();
      assertThat(containerd.content.reads).hasValue(0);
    }
  }

  @Test
  void noticesADamagedLayer() throws IOException {
    byte[] damaged = layer.clone();
    damaged[77] ^= 1;
    containerd.content.blobs.put(layerDigest, damaged);
    try (ContainerdSource source = ContainerdSource.open(client, NAME);
        InputStream in = source.open(blob())) {
      assertThatThrownBy(in::readAllBytes)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("Blob " + layerDigest)
          .hasMessageContaining("is damaged");
    }
  }

  @Test
  void noticesALayerOfTheWrongSize() throws IOException {
    containerd.content.blobs.put(layerDigest, new byte[7]);
    try (ContainerdSource source = ContainerdSource.open(client, NAME)) {
      assertThatThrownBy(() -> source.open(blob()))
          .hasMessageContaining("has 7 bytes in containerd, but its descriptor says 10500");
    }
  }

  @Test
  void noticesALayerThatEndsTooEarly() throws IOException {
    try (ContainerdSource source = ContainerdSource.open(client, NAME);
        InputStream in = source.openUnverified(blob())) {
      containerd.content.blobs.put(layerDigest, new byte[7]); // between the look and the read
      try (InputStream late = new ContentStore(client).range(layerDigest, 0, layer.length)) {
        assertThatThrownBy(late::readAllBytes).isInstanceOf(EOFException.class);
      }
      assertThat(in.read()).isNotNegative();
    }
  }

  @Test
  void saysWhatToDoAboutALayerThatIsNotThere() throws IOException {
    containerd.content.blobs.remove(layerDigest);
    try (ContainerdSource source = ContainerdSource.open(client, NAME)) {
      assertThat(source.sizeBytes(layerDigest)).isEmpty();
      assertThatThrownBy(() -> source.open(blob()))
          .hasMessageContaining("not its blob " + layerDigest)
          .hasMessageContaining("ctr --namespace default content fetch " + NAME);
      assertThatThrownBy(() -> ImageContent.of(source))
          .hasMessageContaining("ctr --namespace default content fetch " + NAME);
    }
  }

  @Test
  void knowsWhereALayerWasPulledFrom() throws IOException {
    containerd.content.labels.put(
        layerDigest,
        Map.of(
            "containerd.io/distribution.source.docker.io", "NOT A PATH,library/app,other/app",
            "containerd.io/distribution.source.quay.io", "x/y"));
    try (ContainerdSource source = ContainerdSource.open(client, NAME)) {
      assertThat(source.mountableFrom(layerDigest, "docker.io"))
          .contains(new Repository("docker.io", "library/app"));
      assertThat(source.mountableFrom(layerDigest, "quay.io"))
          .contains(new Repository("quay.io", "x/y"));
      assertThat(source.mountableFrom(layerDigest, "ghcr.io")).isEmpty();
    }
  }

  @Test
  void namesAnImageOnlyWhenAllOfItIsThere() throws IOException {
    try (FakeContainerd other = new FakeContainerd();
        ContainerdClient target = other.client();
        ContainerdSource source = ContainerdSource.open(client, NAME)) {
      new ContainerdTarget(target, "copy:1").write(ImageContent.of(source));

      assertThat(other.content.blobs.keySet()).isEqualTo(containerd.content.blobs.keySet());
      assertThat(other.calls.subList(other.calls.size() - 3, other.calls.size()))
          .containsExactly(
              "commit " + manifestDigest, "image create docker.io/library/copy:1", "lease delete");
      assertThat(other.leases).isEmpty();
    }
  }

  @Test
  void aNameThatExistsIsMoved() throws IOException {
    try (FakeContainerd other = new FakeContainerd();
        ContainerdClient target = other.client();
        ContainerdSource source = ContainerdSource.open(client, NAME)) {
      other.images.put(NAME, Image.newBuilder().setName(NAME).putLabels("a", "b").build());

      new ContainerdTarget(target, NAME).write(ImageContent.of(source));

      assertThat(other.calls).contains("image update " + NAME);
      Image image = other.images.get(NAME);
      assertThat(image.getTarget().getDigest()).isEqualTo(manifestDigest.toString());
      assertThat(image.getLabelsMap()).containsEntry("a", "b");
    }
  }

  @Test
  void aFailureNamesNothingAndLetsContainerdCollect() throws IOException {
    try (FakeContainerd other = new FakeContainerd();
        ContainerdClient target = other.client();
        ContainerdSource source = ContainerdSource.open(client, NAME)) {
      ImageContent content = ImageContent.of(source);
      containerd.content.blobs.put(layerDigest, new byte[layer.length]);

      assertThatThrownBy(() -> new ContainerdTarget(target, "copy:1").write(content))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(layerDigest.toString());

      assertThat(other.images).isEmpty();
      assertThat(other.leases).isEmpty();
      assertThat(other.calls).last().isEqualTo("lease delete sync");
    }
  }

  @Test
  void aTargetHasATagAndNoDigest() {
    assertThatThrownBy(() -> new ContainerdTarget(client, "app@" + manifestDigest))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("names a digest");
    assertThat(new ContainerdTarget(client, "app").name())
        .isEqualTo("docker.io/library/app:latest");
  }

  private io.thaw.registry.Descriptor blob() {
    return new io.thaw.registry.Descriptor(TYPE, layerDigest, layer.length);
  }
}
