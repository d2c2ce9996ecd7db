package io.thaw.it;

import io.thaw.cli.containerd.ContainerdAddress;
import io.thaw.cli.containerd.ContainerdClient;
import io.thaw.cli.containerd.ContainerdSource;
import io.thaw.index.ConvertOptions;
import io.thaw.index.ConvertProgress;
import io.thaw.index.Converter;
import io.thaw.index.IndexBuilder;
import io.thaw.index.IndexBuilder.Outcome;
import io.thaw.index.SociIndex;
import io.thaw.index.oci.ImageContent;
import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.it.image.LayoutWriter;
import io.thaw.it.net.LocalRegistry;
import io.thaw.it.net.RegistryAuth;
import io.thaw.it.node.Commands;
import io.thaw.it.node.Containerd;
import io.thaw.it.node.Node;
import io.thaw.registry.Descriptor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// One containerd and one registry for all tests of a class; each test works in namespaces of its
/// own.
final class ContainerdExtension implements BeforeAllCallback, AfterAllCallback {
  private final AtomicInteger numbers = new AtomicInteger();
  private Node node;
  private Containerd containerd;
  private LocalRegistry registry;

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    node = Node.create();
    containerd =
        node.own(Containerd.start(node.dir("c"), log("containerd"), null, "localhost/pause:1"));
    registry =
        node.own(
            LocalRegistry.start(node.dir("registry"), log("registry"), new RegistryAuth.None()));
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    node.copyLogs(Path.of("target", "it-logs", context.getRequiredTestClass().getSimpleName()));
    node.close();
  }

  Path socket() {
    return containerd.socket();
  }

  String registry() {
    return registry.address();
  }

  /// A directory of its own.
  Path fresh(String name) throws IOException {
    return node.dir(name + numbers.incrementAndGet());
  }

  ContainerdClient client(String namespace) throws IOException {
    return ContainerdClient.connect(new ContainerdAddress(socket(), namespace, Duration.ZERO));
  }

  /// Runs `ctr`.
  String ctr(String namespace, String... arguments) throws IOException {
    return containerd.ctrIn(namespace, arguments);
  }

  /// Imports the layout in the repository's test data as `name`.
  void importGolden(String namespace, String repository) throws IOException {
    importLayout(namespace, TestImages.goldenDir().resolve("layout"), repository);
  }

  /// Imports a layout, as `repository` with the tag the layout gives.
  void importLayout(String namespace, Path layout, String repository) throws IOException {
    Path tar = fresh("tar").resolve("image.tar");
    Commands.run("tar", "-C", layout.toString(), "-cf", tar.toString(), ".");
    ctr(namespace, "images", "import", "--no-unpack", "--base-name", repository, tar.toString());
    Files.delete(tar);
  }

  /// Makes containerd collect garbage, by removing an image that has nothing to do with any other.
  void collectGarbage(String namespace) throws IOException {
    importLayout(namespace, randomImage(1 << 10), "localhost/unrelated");
    removeImage(namespace, "localhost/unrelated:1");
  }

  /// An image nobody has seen before, with the tag `1`: one gzip layer of about this size.
  Path randomImage(int sizeBytes) throws IOException {
    long seed = System.nanoTime();
    System.out.println("random image of seed " + seed);
    byte[] content = new byte[sizeBytes];
    new Random(seed).nextBytes(content);
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    try (TarArchiveOutputStream out = new TarArchiveOutputStream(tar)) {
      TarArchiveEntry file = new TarArchiveEntry("random");
      file.setSize(content.length);
      out.putArchiveEntry(file);
      out.write(content);
      out.closeArchiveEntry();
    }
    LayoutWriter layout = new LayoutWriter(fresh("random"));
    layout.addLayer(new ByteArrayInputStream(tar.toByteArray()));
    Path dir = layout.finish(List.of("/nothing"), List.of("PATH=/")).dir();
    Path index = dir.resolve("index.json");
    String tag = "\"annotations\":{\"org.opencontainers.image.ref.name\":\"1\"}";
    Files.writeString(
        index, Files.readString(index).replaceFirst("\"size\" *:", tag + ",\"size\":"));
    return dir;
  }

  /// Removes an image; containerd collects what only it kept before this returns.
  void removeImage(String namespace, String name) throws IOException {
    ctr(namespace, "images", "rm", "--sync", name);
  }

  /// The digests of everything in the content store.
  List<String> content(String namespace) throws IOException {
    return ctr(namespace, "content", "ls", "-q").lines().sorted().toList();
  }

  /// The ids of all leases.
  List<String> leases(String namespace) throws IOException {
    return ctr(namespace, "leases", "ls", "-q").lines().toList();
  }

  /// The names of all images.
  List<String> images(String namespace) throws IOException {
    return ctr(namespace, "images", "ls", "-q").lines().sorted().toList();
  }

  /// Builds a v1 index of an image of one platform.
  IndexBuilder.BuiltIndex buildV1(ContainerdSource source, ConvertOptions options)
      throws IOException {
    IndexBuilder builder =
        new IndexBuilder(source, options, ConvertProgress.NONE, fresh("scratch"));
    Outcome outcome =
        builder.build(Converter.images(source, List.of()), SociIndex.Version.V1).getFirst();
    return outcome.index().orElseThrow();
  }

  /// Reads every blob of an image to its end, which verifies it.
  static int readEverything(ImageSource source) throws IOException {
    ImageContent content = ImageContent.of(source);
    for (OciDescriptor blob : content.kept()) {
      drain(source, blob.target());
    }
    for (Descriptor manifest : content.manifests().keySet()) {
      drain(source, manifest);
    }
    return content.kept().size() + content.manifests().size();
  }

  private static void drain(ImageSource source, Descriptor blob) throws IOException {
    try (InputStream in = source.open(blob)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
  }

  private Path log(String name) {
    return node.dir().resolve(name + ".log");
  }
}
