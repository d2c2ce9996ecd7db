package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.ImagePush;
import io.thaw.it.net.LocalRegistry;
import io.thaw.it.net.ShapedLink;
import io.thaw.it.node.Commands;
import io.thaw.it.node.ImageView;
import io.thaw.it.tree.TreeManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Registries whose content comes from elsewhere, as `hosts.toml` says.
class MirrorsIT {
  @RegisterExtension private final NodeExtension node = new NodeExtension();

  @Test
  void everythingComesFromTheMirrorUntilItDiesAndThenFromTheUpstream() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    LocalRegistry mirror =
        node.own(
            LocalRegistry.startBeside(node.dir("mirror"), node.log("mirror"), node.registry()));
    ShapedLink mirrorLink = node.own(ShapedLink.to(mirror.port(), NodeExtension.FAST));
    ImageLayout first = push("pax-6.tar.gz", "first");
    ImageLayout second = push("gnu-6.tar.gz", "second");
    hosts(
        "[host.\"http://%s\"]\ncapabilities = [\"pull\", \"resolve\"]\n"
            .formatted(mirrorLink.address()));
    startNode();

    node.containerd().cri().pull(reference("first"), null);
    long before = node.link().bytesDown();
    readEverything(first, "view1");
    assertThat(mirrorLink.bytesDown()).isGreaterThan(first.compressedBytes() / 2);
    assertThat(node.link().bytesDown() - before)
        .as("bytes of the layer from the upstream")
        .isLessThan(first.compressedBytes() / 10);

    node.containerd().cri().pull(reference("second"), null);
    mirrorLink.cut();
    readEverything(second, "view2");
    assertThat(node.thawd().log()).contains("is left alone for a while");
  }

  @Test
  void anImageStartsLazilyWhoseMirrorWasNeverThere() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    ShapedLink nowhere = node.own(ShapedLink.to(node.registry().port(), NodeExtension.FAST));
    nowhere.cut();
    ImageLayout image = push("pax-6.tar.gz", "first");
    hosts("[host.\"http://%s\"]\n".formatted(nowhere.address()));
    startNode();
    node.containerd().cri().pull(reference("first"), null);
    readEverything(image, "view");
  }

  @Test
  void aPrivateAuthorityAndAClientCertificateOpenTheMirror() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    Path keys = node.dir("keys");
    certificate(keys, "authority", "");
    certificate(keys, "server", "subjectAltName=IP:127.0.0.1");
    certificate(keys, "client", "extendedKeyUsage=clientAuth");
    LocalRegistry tls =
        node.own(
            LocalRegistry.startTls(
                node.dir("tls"),
                node.log("tls"),
                node.registry(),
                new LocalRegistry.TlsFiles(
                    keys.resolve("server.crt"),
                    keys.resolve("server.key"),
                    keys.resolve("authority.crt"))));
    ImageLayout image = push("pax-6.tar.gz", "first");
    hosts(
        """
        [host."https://%s"]
          ca = "%s"
          client = [["%s", "%s"]]
        """
            .formatted(
                tls.address(),
                keys.resolve("authority.crt"),
                keys.resolve("client.crt"),
                keys.resolve("client.key")));
    startNode();
    node.containerd().cri().pull(reference("first"), null);
    long before = node.link().bytesDown();
    readEverything(image, "view");
    assertThat(node.link().bytesDown() - before)
        .as("bytes of the layer from the upstream")
        .isLessThan(image.compressedBytes() / 10);
    assertThat(node.thawd().log()).doesNotContain("is left alone");
  }

  private void startNode() throws IOException {
    node.startNode(
        "[registry]\nconfig_path = \"" + node.dir("certs.d") + "\"\n" + NodeExtension.NO_FILL);
  }

  private void hosts(String toml) throws IOException {
    String name = node.link().address().replace(':', '_') + "_";
    Path directory = Files.createDirectories(node.dir("certs.d").resolve(name));
    Files.writeString(directory.resolve("hosts.toml"), toml);
  }

  private String reference(String name) {
    return node.link().address() + "/team/" + name + ":1";
  }

  private void readEverything(ImageLayout image, String view) throws IOException {
    assertThat(node.thawd().lazyMounts()).isNotEmpty();
    try (ImageView mounted = node.containerd().view(image.chainId(), node.dir(view))) {
      assertThat(TreeManifest.of(mounted.root()).lines()).hasSizeGreaterThan(20);
    }
  }

  private ImageLayout push(String layer, String name) throws IOException {
    Path converted = node.fresh("converted-" + name);
    ImageLayout image = TestImages.golden(layer, node.fresh("layout-" + name));
    ImagePush.convert(image.dir(), converted, TestImages.SMALL_SPANS);
    node.push().push(converted, node.registry().address() + "/team/" + name + ":1");
    return image;
  }

  /// Makes a key and a certificate of it, signed by the authority; the first one is the authority.
  private static void certificate(Path dir, String name, String extension) throws IOException {
    Path authority = dir.resolve("authority.crt");
    boolean first = !Files.exists(authority);
    Commands.run(
        "openssl",
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        dir.resolve(name + ".key").toString(),
        "-subj",
        "/CN=" + name,
        "-days",
        "30",
        first ? "-x509" : "-new",
        "-out",
        dir.resolve(first ? "authority.crt" : name + ".csr").toString());
    if (first) {
      return;
    }
    Path extensions = Files.writeString(dir.resolve(name + ".ext"), extension + "\n");
    Commands.run(
        "openssl",
        "x509",
        "-req",
        "-in",
        dir.resolve(name + ".csr").toString(),
        "-CA",
        authority.toString(),
        "-CAkey",
        dir.resolve("authority.key").toString(),
        "-CAcreateserial",
        "-days",
        "30",
        "-extfile",
        extensions.toString(),
        "-out",
        dir.resolve(name + ".crt").toString());
  }
}
