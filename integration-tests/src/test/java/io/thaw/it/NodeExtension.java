package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.ImagePush;
import io.thaw.it.image.PauseImage;
import io.thaw.it.net.LinkRate;
import io.thaw.it.net.LocalRegistry;
import io.thaw.it.net.RegistryAuth;
import io.thaw.it.net.ShapedLink;
import io.thaw.it.net.TokenServer;
import io.thaw.it.node.Await;
import io.thaw.it.node.Containerd;
import io.thaw.it.node.ContainerdRelease;
import io.thaw.it.node.ImageView;
import io.thaw.it.node.Node;
import io.thaw.it.node.Thawd;
import io.thaw.it.tree.TreeManifest;
import io.thaw.registry.Credentials;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// One node for each test: a registry, a link to it, the daemon and a containerd that uses it.
/// Takes everything away afterwards; the logs of a test that failed stay in `target/it-logs`.
final class NodeExtension implements BeforeEachCallback, AfterEachCallback {
  /// Fast enough not to matter, far enough away that a fetch takes noticeable time.
  static final LinkRate FAST = new LinkRate(2_000, 2);

  static final String NO_FILL = "[fill]\nenable = false\n";
  static final String V1 = "[pull_modes.soci_v1]\nenable = true\n";

  private final ContainerdRelease release;
  private Node node;
  private LocalRegistry registry;
  private ShapedLink link;
  private Thawd.Setup setup;
  private Thawd thawd;
  private Containerd containerd;
  private String pause = "";
  private int replaced;

  /// A node with the host's own containerd.
  NodeExtension() {
    this(ContainerdRelease.HOST);
  }

  /// A node with some release of containerd; tests are skipped where it cannot be had.
  NodeExtension(ContainerdRelease release) {
    this.release = release;
  }

  @Override
  public void beforeEach(ExtensionContext context) throws IOException {
    Optional<String> unusable = release.unusable();
    assumeTrue(unusable.isEmpty(), () -> unusable.orElse(""));
    node = Node.create();
  }

  @Override
  public void afterEach(ExtensionContext context) throws IOException {
    if (node == null) {
      return; // skipped
    }
    if (context.getExecutionException().isPresent()) {
      Path logs = Path.of("target", "it-logs");
      node.copyLogs(
          logs.resolve(
              context.getRequiredTestClass().getSimpleName()
                  + "."
                  + context.getRequiredTestMethod().getName()));
    }
    node.close();
  }

  /// Starts a registry without login and the link to it.
  void startRegistry(LinkRate rate) throws IOException {
    startRegistry(rate, new RegistryAuth.None());
  }

  /// Starts a registry and the link to it.
  void startRegistry(LinkRate rate, RegistryAuth auth) throws IOException {
    registry = node.own(LocalRegistry.start(node.dir("registry"), log("registry"), auth));
    link = node.own(ShapedLink.to(registry.port(), rate));
  }

  /// Starts a registry that sends its clients elsewhere for blobs.
  void startRedirectingRegistry() throws IOException {
    registry = node.own(LocalRegistry.startRedirecting(node.dir("registry"), log("registry")));
    link = node.own(ShapedLink.to(registry.port(), FAST));
  }

  TokenServer startTokenServer(String username, String password, Duration lifetime)
      throws IOException {
    return node.own(TokenServer.start(node.dir("tokens"), username, password, lifetime));
  }

  /// Starts the daemon with extra configuration, and containerd on it.
  void startNode(String config) throws IOException {
    LocalRegistry pauses =
        node.own(LocalRegistry.start(node.dir("pauses"), log("pauses"), new RegistryAuth.None()));
    pause = pauses.address() + "/pause:1";
    new ImagePush(null).push(PauseImage.write(node.dir("pause")).dir(), pause);
    startNodeIn("thawd", "containerd", config);
  }

  /// Takes daemon and containerd away, and starts others that have nothing yet. Registry and link
  /// stay.
  void replaceNode(String config) throws IOException {
    node.release(containerd);
    node.release(thawd);
    replaced++;
    startNodeIn("thawd-" + replaced, "containerd-" + replaced, config);
  }

  private void startNodeIn(String daemonDir, String containerdDir, String config)
      throws IOException {
    setup = Thawd.Setup.in(node.dir(daemonDir), log(daemonDir)).withExtraConfig(config);
    thawd = node.own(Thawd.start(setup));
    containerd =
        node.own(
            Containerd.start(
                Containerd.Setup.in(
                        node.dir(containerdDir), log(containerdDir), thawd.socket(), pause)
                    .on(release)));
  }

  /// Starts the daemon again, on the root it had, and waits until containerd has found it: its
  /// client refuses calls for a moment after it could not connect.
  void restartThawd() throws IOException {
    thawd = node.own(Thawd.start(setup));
    Await.until(Duration.ofSeconds(30), "containerd to reach the daemon", this::isReached);
  }

  /// As [#restartThawd], with other extra configuration.
  void restartThawdWith(String config) throws IOException {
    setup = setup.withExtraConfig(config);
    restartThawd();
  }

  private boolean isReached() {
    try {
      containerd.ctr("snapshots", "--snapshotter", "thaw", "ls");
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  Thawd.Setup setup() throws IOException {
    return Thawd.Setup.in(node.dir("thawd"), log("thawd"));
  }

  ImagePush push(Credentials.Basic login) {
    return new ImagePush(login);
  }

  ImagePush push() {
    return new ImagePush(null);
  }

  /// A directory of the node.
  Path dir(String name) throws IOException {
    return node.dir(name);
  }

  /// A path in the node's directory at which nothing exists.
  Path fresh(String name) {
    return node.dir().resolve(name);
  }

  LocalRegistry registry() {
    return registry;
  }

  ShapedLink link() {
    return link;
  }

  Thawd thawd() {
    return thawd;
  }

  /// The image that holds pods open.
  String pause() {
    return pause;
  }

  Containerd containerd() {
    return containerd;
  }

  /// Pushes a layout to the registry; returns its reference by way of the link.
  String pushed(Path layout, String name) throws IOException {
    push().push(layout, registry.address() + "/" + name);
    return link.address() + "/" + name;
  }

  /// Checks that an image CRI has pulled is, entry by entry, what containerd's overlayfs
  /// snapshotter makes of it.
  void assertSameAsOverlayfs(ImageLayout image, String reference) throws IOException {
    try (ImageView ours = containerd.view(image.chainId(), dir("ours"));
        ImageView plain = containerd.plainView(reference, image.chainId(), dir("plain"))) {
      TreeManifest expected = TreeManifest.of(plain.root());
      TreeManifest actual = TreeManifest.of(ours.root());
      assertThat(expected.lines()).hasSizeGreaterThan(1);
      assertThat(expected.differencesTo(actual)).isEmpty();
      assertThat(actual.lines()).hasSameSizeAs(expected.lines());
    }
  }

  /// Hands over something to be closed with the node.
  <T extends AutoCloseable> T own(T resource) {
    return node.own(resource);
  }

  /// A log file that is kept when the test fails.
  Path log(String name) {
    return node.dir().resolve(name + ".log");
  }
}
