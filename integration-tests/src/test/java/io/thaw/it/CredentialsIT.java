package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.ImagePush;
import io.thaw.it.net.RegistryAuth;
import io.thaw.it.node.Await;
import io.thaw.it.node.Commands;
import io.thaw.it.node.CriClient;
import io.thaw.it.node.ImageView;
import io.thaw.it.tree.TreeManifest;
import io.thaw.registry.Credentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Where the daemon's credentials come from, and what happens when they change.
class CredentialsIT {
  private static final Credentials.Basic USER = new Credentials.Basic("anna", "s3cret-Pa55");
  private static final String NEW_PASSWORD = "n3w-Pa55-word";
  private static final Duration LIMIT = Duration.ofMinutes(5);

  @RegisterExtension private final NodeExtension node = new NodeExtension();

  private ImageLayout image;

  @Test
  void theKubeletsCredentialsAreOverheardAndSurviveARestart() throws IOException {
    String reference = push();
    startNode("enable_keychain = true\npersist = true\n");
    try (CriClient kubelet = CriClient.connect(node.thawd().socket(), node.dir("kubelet"))) {
      assertThat(kubelet.version()).as("CRI goes through").startsWith("containerd");
      kubelet.pull(reference, new CriClient.Login(USER.username(), USER.password()));
      assertThat(kubelet.imagePresent(reference)).isTrue();
    }
    assertThat(node.thawd().lazyMounts()).hasSize(1);
    node.thawd().kill();
    node.restartThawd();
    assertThat(node.thawd().lazyMounts()).hasSize(1);
    assertThat(readEverything("view")).hasSizeGreaterThan(100);
    noSecretIsToBeSeen();
  }

  @Test
  void aPluginOfTheKubeletGivesTheLogin() throws IOException {
    String reference = push();
    Path plugins = node.dir("plugins");
    Path program = plugins.resolve("it-provider");
    Files.writeString(
        program,
        """
        #!/bin/sh
        cat <<END
        {"apiVersion":"credentialprovider.kubelet.k8s.io/v1","kind":"CredentialProviderResponse",
         "cacheKeyType":"Registry","cacheDuration":"1h",
         "auth":{"%s":{"username":"%s","password":"%s"}}}
        END
        """
            .formatted(node.link().address(), USER.username(), USER.password()));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    Path config =
        Files.writeString(
            plugins.resolve("config.yaml"),
            """
            apiVersion: kubelet.config.k8s.io/v1
            kind: CredentialProviderConfig
            providers:
              - name: it-provider
                apiVersion: credentialprovider.kubelet.k8s.io/v1
                matchImages: ["%s"]
                defaultCacheDuration: 10m
            """
                .formatted(node.link().address()));
    node.startNode(
        "[kubelet_credential_provider]\nconfig_path = \"%s\"\nbin_dir = \"%s\"\n"
                .formatted(config, plugins)
            + NodeExtension.NO_FILL);
    node.containerd().cri().pull(reference, new CriClient.Login(USER.username(), USER.password()));
    assertThat(node.thawd().lazyMounts()).hasSize(1);
    assertThat(readEverything("view")).hasSizeGreaterThan(100);
    noSecretIsToBeSeen();
  }

  @Test
  void aReaderWaitsWhileThePasswordIsRotatedAndGoesOn() throws Exception {
    String reference = push();
    dockerLogin(USER.password());
    node.startNode(NodeExtension.NO_FILL);
    node.containerd().cri().pull(reference, new CriClient.Login(USER.username(), USER.password()));
    assertThat(node.thawd().lazyMounts()).hasSize(1);
    Commands.run(
        "htpasswd",
        "-Bbc",
        node.dir("registry").resolve("htpasswd").toString(),
        USER.username(),
        NEW_PASSWORD);

    CompletableFuture<List<String>> reader = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                reader.complete(readEverything("view"));
              } catch (IOException | RuntimeException e) {
                reader.completeExceptionally(e);
              }
            });
    Await.until(
        LIMIT,
        "the registry to refuse the old password",
        () -> Files.readString(node.log("registry")).contains("error authenticating user"));
    assertThat(reader).as("a reader waits").isNotDone();
    dockerLogin(NEW_PASSWORD);
    assertThat(reader.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).hasSizeGreaterThan(100);
    noSecretIsToBeSeen();
  }

  private void startNode(String keychain) throws IOException {
    Path behind = node.dir("containerd").resolve("c.sock");
    node.startNode(
        "[cri_keychain]\n"
            + keychain
            + "image_service_path = \""
            + behind
            + "\"\n"
            + NodeExtension.NO_FILL);
  }

  private void dockerLogin(String password) throws IOException {
    Path directory = Files.createDirectories(node.setup().dockerConfig());
    Path fresh =
        Files.writeString(
            directory.resolve("config.json.new"),
            "{\"auths\":{\""
                + node.link().address()
                + "\":{\"auth\":\""
                + pair(password)
                + "\"}}}");
    Files.move(fresh, directory.resolve("config.json"), StandardCopyOption.REPLACE_EXISTING);
  }

  private static String pair(String password) {
    return Base64.getEncoder()
        .encodeToString((USER.username() + ":" + password).getBytes(StandardCharsets.UTF_8));
  }

  private void noSecretIsToBeSeen() throws IOException {
    assertThat(node.thawd().log())
        .doesNotContain(USER.password(), NEW_PASSWORD)
        .doesNotContain(pair(USER.password()), pair(NEW_PASSWORD));
    Path sealed = node.thawd().root().resolve("credentials").resolve("sealed");
    if (Files.exists(sealed)) {
      assertThat(Files.readString(sealed, StandardCharsets.ISO_8859_1))
          .doesNotContain(USER.password(), USER.username());
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(sealed)))
          .isEqualTo("rw-------");
    }
  }

  private List<String> readEverything(String name) throws IOException {
    try (ImageView view = node.containerd().view(image.chainId(), node.dir(name))) {
      return TreeManifest.of(view.root()).lines();
    }
  }

  private String push() throws IOException {
    node.startRegistry(
        NodeExtension.FAST, new RegistryAuth.Basic(USER.username(), USER.password()));
    Path converted = node.fresh("converted");
    image = TestImages.golden("pax-6.tar.gz", node.fresh("layout"));
    ImagePush.convert(image.dir(), converted, TestImages.SMALL_SPANS);
    node.push(USER).push(converted, node.registry().address() + "/team/image:1");
    return node.link().address() + "/team/image:1";
  }
}
