package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.ImagePush;
import io.thaw.it.net.RegistryAuth;
import io.thaw.it.net.TokenServer;
import io.thaw.it.node.CriClient.Login;
import io.thaw.it.node.ImageView;
import io.thaw.it.tree.TreeManifest;
import io.thaw.registry.Credentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Registries that want to know who asks, and registries that send one elsewhere.
class RegistryLoginIT {
  private static final Credentials.Basic USER = new Credentials.Basic("anna", "s3cret-Pa55");

  @RegisterExtension private final NodeExtension node = new NodeExtension();

  private ImageLayout image;

  @Test
  void readsLazilyFromARegistryWithBasicAuthentication() throws IOException {
    node.startRegistry(
        NodeExtension.FAST, new RegistryAuth.Basic(USER.username(), USER.password()));
    pullAndReadEverything();
  }

  @Test
  void readsLazilyFromARegistryWithTokens() throws IOException {
    TokenServer tokens =
        node.startTokenServer(USER.username(), USER.password(), Duration.ofMinutes(5));
    node.startRegistry(NodeExtension.FAST, new RegistryAuth.Token(tokens));
    pullAndReadEverything();
    assertThat(tokens.granted()).isGreaterThan(1);
  }

  @Test
  void readsLazilyFromARegistryThatRedirectsToAnotherHost() throws IOException {
    node.startRedirectingRegistry();
    String reference = push(null);
    node.startNode(NodeExtension.NO_FILL);
    node.containerd().cri().pull(reference, null);
    readEverything();
  }

  private void pullAndReadEverything() throws IOException {
    String reference = push(USER);
    Path dockerConfig = node.setup().dockerConfig();
    Files.createDirectories(dockerConfig);
    String auth =
        Base64.getEncoder()
            .encodeToString(
                (USER.username() + ":" + USER.password()).getBytes(StandardCharsets.UTF_8));
    Files.writeString(
        dockerConfig.resolve("config.json"),
        "{\"auths\":{\"" + node.link().address() + "\":{\"auth\":\"" + auth + "\"}}}");
    node.startNode(NodeExtension.NO_FILL);
    node.containerd().cri().pull(reference, new Login(USER.username(), USER.password()));
    readEverything();
    assertThat(node.thawd().log()).doesNotContain(USER.password()).doesNotContain(auth);
  }

  private void readEverything() throws IOException {
    assertThat(node.thawd().lazyMounts()).hasSize(1);
    try (ImageView view = node.containerd().view(image.chainId(), node.dir("view"))) {
      assertThat(TreeManifest.of(view.root()).lines()).hasSizeGreaterThan(100);
    }
  }

  private String push(Credentials.Basic login) throws IOException {
    Path converted = node.fresh("converted");
    image = TestImages.golden("pax-6.tar.gz", node.fresh("layout"));
    ImagePush.convert(image.dir(), converted, TestImages.SMALL_SPANS);
    node.push(login).push(converted, node.registry().address() + "/team/image:1");
    return node.link().address() + "/team/image:1";
  }
}
