package io.thaw.bench.demo;

import io.thaw.bench.image.ImageFacts;
import io.thaw.index.ConvertOptions;
import io.thaw.index.ConvertReport;
import io.thaw.it.image.DebianImage;
import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.ImagePush;
import io.thaw.it.image.PauseImage;
import io.thaw.it.net.LinkRate;
import io.thaw.it.net.LocalRegistry;
import io.thaw.it.net.RegistryAuth;
import io.thaw.it.net.ShapedLink;
import io.thaw.it.node.Await;
import io.thaw.it.node.Containerd;
import io.thaw.it.node.CriClient.Login;
import io.thaw.it.node.CriClient.Pod;
import io.thaw.it.node.Node;
import io.thaw.it.node.Thawd;
import io.thaw.it.run.PageCache;
import io.thaw.it.run.TimedRun;
import io.thaw.it.run.TimedRun.Traffic;
import io.thaw.registry.CredentialSource;
import io.thaw.registry.Credentials;
import io.thaw.registry.DockerConfigCredentials;
import io.thaw.registry.Reference;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.RegistryConfig;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Starts one image lazily and then the ordinary way, each on a fresh containerd behind the same
/// link.
final class Demo {
  private static final Duration OUTPUT_LIMIT = Duration.ofMinutes(10);
  private static final Duration FILL_LIMIT = Duration.ofMinutes(15);

  private final LinkRate rate;
  private final @Nullable String userImage;
  private final boolean awaitFill;
  private final PrintStream out;
  private final long begin = System.nanoTime();

  /// @param userImage an image from its own registry, or null for one made here
  Demo(LinkRate rate, @Nullable String userImage, boolean awaitFill, PrintStream out) {
    this.rate = rate;
    this.userImage = userImage;
    this.awaitFill = awaitFill;
    this.out = out;
  }

  DemoReport run() throws IOException {
    try (Node node = Node.create()) {
      try {
        LocalRegistry registry =
            node.own(
                LocalRegistry.start(
                    node.dir("registry"),
                    node.dir().resolve("registry.log"),
                    new RegistryAuth.None()));
        DemoImage image = userImage == null ? made(node, registry) : users(node, registry);
        boolean cold = PageCache.drop();
        say("pulling and running it lazily");
        Lazily lazily = lazily(node, image);
        if (lazily.result().lazyLayers() == 0) {
          say("no layer was lazy; the reasons are in " + keptLogs(node));
        }
        PageCache.drop();
        say("pulling and running it with overlayfs");
        WayResult overlayfs = ordinarily(node, image);
        return new DemoReport(image, lazily.result(), overlayfs, lazily.fillSeconds(), cold);
      } catch (IOException | RuntimeException e) {
        out.println("The logs of what ran are in " + keptLogs(node));
        throw e;
      }
    }
  }

  private static Path keptLogs(Node node) throws IOException {
    Path logs = Files.createTempDirectory("thaw-demo-logs");
    node.copyLogs(logs);
    return logs;
  }

  private record Lazily(WayResult result, @Nullable Double fillSeconds) {}

  private Lazily lazily(Node node, DemoImage image) throws IOException {
    Thawd thawd =
        node.own(
            Thawd.start(
                Thawd.Setup.in(node.dir("lazy"), node.dir().resolve("thawd.log"))
                    .withCredentialsOfUser(userImage != null)
                    .withExtraConfig("[pull_modes.soci_v1]\nenable = true\n")));
    Containerd containerd =
        node.own(
            Containerd.start(
                node.dir("lazy").resolve("c"),
                node.dir().resolve("containerd-lazy.log"),
                thawd.socket(),
                image.sandboxImage()));
    Pod pod = containerd.cri().runPod();
    int mountsBefore = thawd.lazyMounts().size();
    TimedRun run = start(containerd, pod, image);
    int lazyLayers = thawd.lazyMounts().size() - mountsBefore;
    long ready = System.nanoTime();
    WayResult result =
        new WayResult(run, lazyLayers, image.layers() - lazyLayers, run.container().log().text());
    said(result);
    Double fill = null;
    if (awaitFill && lazyLayers > 0) {
      say("waiting until the rest of the image is there");
      Await.until(FILL_LIMIT, "the image to fill in", () -> thawd.settledLayers() >= lazyLayers);
      fill = (System.nanoTime() - ready) / 1e9;
      say("the whole image is on the disk, the lazy layers are ordinary directories now");
    }
    node.release(containerd);
    node.release(thawd);
    return new Lazily(result, fill);
  }

  private WayResult ordinarily(Node node, DemoImage image) throws IOException {
    Containerd containerd =
        node.own(
            Containerd.start(
                node.dir("overlayfs"),
                node.dir().resolve("containerd-overlayfs.log"),
                null,
                image.sandboxImage()));
    Pod pod = containerd.cri().runPod();
    TimedRun run = start(containerd, pod, image);
    WayResult result = new WayResult(run, 0, image.layers(), run.container().log().text());
    said(result);
    node.release(containerd);
    return result;
  }

  private static TimedRun start(Containerd containerd, Pod pod, DemoImage image)
      throws IOException {
    return TimedRun.of(
        containerd, pod, image.reference(), image.login(), image.traffic(), OUTPUT_LIMIT);
  }

  /// An image of this distribution's packages, indexed, in a registry behind the link.
  private DemoImage made(Node node, LocalRegistry registry) throws IOException {
    say("making an image of this distribution's packages (kept for the next time)");
    ImageLayout layout =
        new DebianImage(DebianImage.defaultCache(), line -> say("  " + line)).demo();
    long start = System.nanoTime();
    Path converted = node.dir().resolve("converted");
    ConvertReport report = ImagePush.convert(layout.dir(), converted, ConvertOptions.DEFAULT);
    say(
        "indexed %d of %d layers, %.0f MB compressed, in %.1f s"
            .formatted(
                report.indexedLayers(),
                layout.layers().size(),
                layout.compressedBytes() / 1e6,
                (System.nanoTime() - start) / 1e9));
    ShapedLink link = node.own(ShapedLink.to(registry.port(), rate));
    ImagePush push = new ImagePush(null);
    push.push(converted, registry.address() + "/demo/numpy:latest");
    say("pushed it to a registry behind a link of " + rate);
    return new DemoImage(
        link.address() + "/demo/numpy:latest",
        pushPause(node, registry),
        layout.compressedBytes(),
        layout.layers().size(),
        null,
        new Traffic(link::bytesDown, link::requests),
        "a link of " + rate);
  }

  /// The user's image where it is.
  private DemoImage users(Node node, LocalRegistry registry) throws IOException {
    Reference reference = Reference.parse(String.valueOf(userImage));
    CredentialSource credentials = DockerConfigCredentials.standard(System.getenv());
    try (RegistryClient client = RegistryClient.create(RegistryConfig.defaults(), credentials)) {
      ImageFacts facts = ImageFacts.of(client, reference);
      Optional<Credentials> found = credentials.credentialsFor(reference.repository());
      Login login =
          found.orElse(null) instanceof Credentials.Basic basic
              ? new Login(basic.username(), basic.password())
              : null;
      say(
          "%s: %d layers, %.0f MB compressed"
              .formatted(reference, facts.layers(), facts.compressedBytes() / 1e6));
      return new DemoImage(
          reference.toString(),
          pushPause(node, registry),
          facts.compressedBytes(),
          facts.layers(),
          login,
          new Traffic(() -> HostTraffic.receivedBytes(reference.repository().host()), () -> 0),
          "your own link");
    }
  }

  private static String pushPause(Node node, LocalRegistry registry) throws IOException {
    String reference = registry.address() + "/demo/pause:latest";
    new ImagePush(null).push(PauseImage.write(node.dir("pause")).dir(), reference);
    return reference;
  }

  private void said(WayResult result) {
    String first = result.output().lines().findFirst().orElse("");
    say("  after %.1f s it said: %s".formatted(result.run().totalSeconds(), first));
  }

  private void say(String text) {
    out.printf(Locale.ROOT, "%6.1f s  %s%n", (System.nanoTime() - begin) / 1e9, text);
  }
}
