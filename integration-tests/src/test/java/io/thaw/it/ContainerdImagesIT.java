package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.cli.containerd.ContainerdClient;
import io.thaw.cli.containerd.ContainerdImage;
import io.thaw.cli.containerd.ContainerdIndexStore;
import io.thaw.cli.containerd.ContainerdSource;
import io.thaw.cli.containerd.ContainerdTarget;
import io.thaw.index.Conversion;
import io.thaw.index.ConvertProgress;
import io.thaw.index.Converter;
import io.thaw.index.IndexBuilder.BuiltIndex;
import io.thaw.index.ReferrerPusher;
import io.thaw.index.SociMediaTypes;
import io.thaw.index.oci.ImageContent;
import io.thaw.index.oci.WriteProgress;
import io.thaw.index.oci.WriteReport;
import io.thaw.index.place.LayoutSource;
import io.thaw.index.place.RegistrySource;
import io.thaw.index.place.RegistryTarget;
import io.thaw.it.node.Await;
import io.thaw.it.node.ChildProcess;
import io.thaw.registry.CredentialSource;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import io.thaw.registry.Referrer;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.RegistryConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Images read from and written to a real containerd.
class ContainerdImagesIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int LARGE = 2 * EndlessWrite.SENT_BYTES;
  private static final String APP = "docker.io/it/app:latest";

  @RegisterExtension private static final ContainerdExtension node = new ContainerdExtension();

  @Test
  void aConvertedImageIsCompleteWithoutItsSource() throws IOException {
    String ns = "converted";
    String name = "docker.io/it/app:soci";
    node.importGolden(ns, "docker.io/it/app");
    Digest index;
    try (ContainerdClient client = node.client(ns)) {
      try (ContainerdSource source = ContainerdSource.open(client, APP)) {
        Conversion conversion = convert(source);
        index = conversion.report().platforms().getFirst().index().orElseThrow();

        WriteReport report = new ContainerdTarget(client, name).write(conversion.content());

        assertThat(report.image()).isEqualTo(conversion.content().root().target());
        assertThat(report.manifests()).isEqualTo(3);
        assertThat(report.presentBlobs()).isEqualTo(conversion.content().kept().size());
        assertThat(report.writtenBlobs()).isEqualTo(conversion.content().made().size());
      }
      assertThat(node.leases(ns)).isEmpty();

      node.removeImage(ns, APP);
      node.collectGarbage(ns);

      assertThat(node.images(ns)).containsExactly(name);
      try (ContainerdSource converted = ContainerdSource.open(client, name)) {
        // index, image, SOCI index; configuration and layers; {} and a zTOC for each layer
        assertThat(ContainerdExtension.readEverything(converted)).isEqualTo(3 + 5 + 5);
      }
      assertThat(new ContainerdIndexStore(client).indexes())
          .extracting(found -> found.descriptor().digest())
          .containsExactly(index);
    }
    node.removeImage(ns, name);
    assertThat(node.content(ns)).isEmpty();
  }

  @Test
  void pushesAnImageWithItsIndexAndTakesItBackIntoAnotherNamespace() throws IOException {
    String ns = "pushing";
    Reference remote = Reference.parse(node.registry() + "/pushed:1");
    node.importLayout(ns, node.randomImage(LARGE), "docker.io/it/random");
    Digest pushed;
    try (ContainerdClient client = node.client(ns);
        RegistryClient registry = registry();
        ContainerdSource source = ContainerdSource.open(client, "it/random:1")) {
      Conversion conversion = convert(source);
      new ContainerdTarget(client, "docker.io/it/random:soci").write(conversion.content());
      try (ContainerdSource converted = ContainerdSource.open(client, "it/random:soci")) {
        pushed =
            new RegistryTarget(registry, remote).write(ImageContent.of(converted)).image().digest();
        assertThat(pushed).isEqualTo(converted.root().digest());
      }
    }
    // What another namespace has is shared; so that bytes move, the first gives it up.
    for (String image : node.images(ns)) {
      node.removeImage(ns, image);
    }
    try (ContainerdClient client = node.client("pulling");
        RegistryClient registry = registry();
        RegistrySource source = new RegistrySource(registry, remote)) {
      WriteReport report =
          new ContainerdTarget(client, "docker.io/it/back:1").write(ImageContent.of(source));
      assertThat(report.image().digest()).isEqualTo(pushed);
      assertThat(report.presentBlobs()).isZero();
      try (ContainerdSource back = ContainerdSource.open(client, "it/back:1")) {
        assertThat(back.root().digest()).isEqualTo(pushed);
        ContainerdExtension.readEverything(back);
      }
    }
  }

  @Test
  void aV1IndexOfAnImageInContainerdIsFoundInTheRegistry() throws IOException {
    String ns = "referrer";
    Reference remote = Reference.parse(node.registry() + "/referrer:1");
    node.importGolden(ns, "docker.io/it/app");
    try (ContainerdClient client = node.client(ns);
        RegistryClient registry = registry();
        ContainerdSource source = ContainerdSource.open(client, APP)) {
      BuiltIndex built = node.buildV1(source, TestImages.SMALL_SPANS);
      new RegistryTarget(registry, remote).write(ImageContent.of(source));
      new ReferrerPusher(registry).push(remote.repository(), built);

      List<Referrer> found =
          registry.referrers(remote.repository(), source.root().digest(), SociMediaTypes.INDEX_V1);

      assertThat(found)
          .extracting(Referrer::descriptor)
          .extracting(descriptor -> descriptor.digest())
          .containsExactly(built.descriptor().digest());
    }
  }

  @Test
  void takesWhatAnotherNamespaceHasWithoutReadingItAgain() throws IOException {
    node.importGolden("owner", "docker.io/it/shared");
    try (ContainerdClient owner = node.client("owner");
        ContainerdClient other = node.client("borrower");
        ContainerdSource source = ContainerdSource.open(owner, "it/shared")) {
      ImageContent content = ImageContent.of(source);
      ImageContent unreadable =
          new ImageContent(
              content.root(),
              content.manifests(),
              content.made(),
              content.kept(),
              new UnreadableSource());

      new ContainerdTarget(other, "docker.io/it/borrowed:1").write(unreadable);
    }
    for (String image : node.images("owner")) {
      node.removeImage("owner", image);
    }
    try (ContainerdClient other = node.client("borrower");
        ContainerdSource borrowed = ContainerdSource.open(other, "it/borrowed:1")) {
      assertThat(ContainerdExtension.readEverything(borrowed)).isEqualTo(6);
    }
  }

  @Test
  void anImageWhoseSourceFailsLeavesNeitherNameNorLeaseNorContent() throws IOException {
    String ns = "failing";
    Path layout = node.randomImage(1 << 16);
    Descriptor layer;
    try (LayoutSource source = LayoutSource.open(layout)) {
      layer = ImageContent.of(source).kept().getLast().target();
    }
    Path file = layout.resolve("blobs/sha256").resolve(layer.digest().hex());
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    try (ContainerdClient client = node.client(ns);
        LayoutSource source = LayoutSource.open(layout)) {
      ImageContent content = ImageContent.of(source);

      assertThatThrownBy(() -> new ContainerdTarget(client, "docker.io/it/broken:1").write(content))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(layer.digest().toString());
    }
    assertNothingIn(ns);
  }

  @Test
  void anInterruptedWriteLeavesNeitherNameNorLeaseNorContent() throws IOException {
    String ns = "interrupted";
    Path log = node.fresh("log").resolve("write.log");
    Path layout = node.randomImage(LARGE);
    try (ChildProcess writer = startEndlessWrite(ns, layout, log)) {
      assertThat(node.leases(ns)).hasSize(1);

      writer.stop(LIMIT);
    }
    assertNothingIn(ns);
  }

  @Test
  void goesOnWhereAKilledProcessLeftABlob() throws IOException {
    String ns = "killed";
    Path log = node.fresh("log").resolve("write.log");
    Path layout = node.randomImage(LARGE);
    try (ChildProcess writer = startEndlessWrite(ns, layout, log)) {
      writer.kill();
    }
    assertThat(node.ctr(ns, "leases", "ls")).contains("containerd.io/gc.expire=");
    String active = node.ctr(ns, "content", "active");
    assertThat(active).contains("3.146MB");

    String name = "docker.io/it/resumed:1";
    Sent sent = new Sent();
    long total;
    try (ContainerdClient client = node.client(ns);
        LayoutSource source = LayoutSource.open(layout)) {
      WriteReport report = new ContainerdTarget(client, name, sent).write(ImageContent.of(source));
      total = report.writtenBytes();
      try (ContainerdSource written = ContainerdSource.open(client, name)) {
        ContainerdExtension.readEverything(written);
      }
    }
    assertThat(sent.bytes.get()).isLessThanOrEqualTo(total - EndlessWrite.SENT_BYTES);
    assertThat(node.ctr(ns, "content", "active").lines().skip(1)).isEmpty();
  }

  @Test
  void anImageStaysReadableWhileItIsOpenEvenIfItIsRemoved() throws IOException {
    String ns = "pinned";
    node.importGolden(ns, "docker.io/it/app");
    try (ContainerdClient client = node.client(ns)) {
      try (ContainerdSource source = ContainerdSource.open(client, APP)) {
        node.removeImage(ns, APP);
        assertThat(ContainerdExtension.readEverything(source)).isEqualTo(6);
      }
    }
    node.collectGarbage(ns);
    assertThat(node.content(ns)).isEmpty();
  }

  @Test
  void replacesAnImageAndKeepsItsLabels() throws IOException {
    String ns = "replaced";
    node.importGolden(ns, "docker.io/it/app");
    node.ctr(ns, "images", "label", APP, "owner=anna");
    try (ContainerdClient client = node.client(ns);
        ContainerdSource source = ContainerdSource.open(client, APP)) {
      Conversion conversion = convert(source);

      new ContainerdTarget(client, APP).write(conversion.content());

      assertThat(client.images()).extracting(ContainerdImage::name).containsExactly(APP);
      ContainerdImage image = client.images().getFirst();
      assertThat(image.target().target()).isEqualTo(conversion.content().root().target());
      assertThat(image.labels()).containsEntry("owner", "anna");
    }
  }

  @Test
  void saysWhatIsThereInsteadOfAMissingImage() throws IOException {
    node.importGolden("near", "docker.io/it/app");
    try (ContainerdClient client = node.client("near")) {
      assertThatThrownBy(() -> ContainerdSource.open(client, "it/app:12"))
          .hasMessage("containerd has no image it/app:12 in namespace near; it has " + APP);
    }
    try (ContainerdClient client = node.client("far")) {
      assertThatThrownBy(() -> ContainerdSource.open(client, "it/app"))
          .hasMessageContaining("in namespace far, but it has it in")
          .hasMessageContaining("near");
      assertThatThrownBy(() -> ContainerdSource.open(client, "it/unheard-of"))
          .hasMessageContaining("nor a namespace far; its namespaces are ");
    }
  }

  private static Conversion convert(ContainerdSource source) throws IOException {
    return new Converter(TestImages.SMALL_SPANS, ConvertProgress.NONE)
        .convert(source, node.fresh("scratch"));
  }

  private static RegistryClient registry() {
    return RegistryClient.create(RegistryConfig.defaults(), CredentialSource.anonymous());
  }

  private static ChildProcess startEndlessWrite(String namespace, Path layout, Path log)
      throws IOException {
    ChildProcess writer =
        ChildProcess.start(
            "writer",
            EndlessWrite.command(node.socket(), namespace, layout, "docker.io/it/endless:1"),
            Map.of(),
            log);
    writer.awaitReady(LIMIT, () -> Files.readString(log).contains(EndlessWrite.SENT));
    return writer;
  }

  private static void assertNothingIn(String namespace) throws IOException {
    Await.until(LIMIT, "the lease to end", () -> node.leases(namespace).isEmpty());
    assertThat(node.images(namespace)).isEmpty();
    assertThat(node.content(namespace)).isEmpty();
    assertThat(node.ctr(namespace, "content", "active").lines().skip(1)).isEmpty();
  }

  /// Counts what was sent.
  private static final class Sent implements WriteProgress {
    private final AtomicLong bytes = new AtomicLong();

    @Override
    public void blobAdvanced(Descriptor blob, long count) {
      bytes.addAndGet(count);
    }
  }
}
