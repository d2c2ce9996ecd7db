package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.thaw.index.IndexDiscovery;
import io.thaw.index.IndexResolver;
import io.thaw.index.SociIndex;
import io.thaw.it.image.ImageLayout;
import io.thaw.it.net.LinkRate;
import io.thaw.it.net.LocalRegistry;
import io.thaw.it.net.Ports;
import io.thaw.it.net.ShapedLink;
import io.thaw.it.node.Await;
import io.thaw.it.node.BuilderProcess;
import io.thaw.it.web.Browser;
import io.thaw.registry.CredentialSource;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.RegistryConfig;
import io.thaw.registry.RegistryException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The builder between a real registry, which tells it of pushes, and a real browser.
class BuilderIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final LinkRate FAST = new LinkRate(1_000, 0);
  private static final String HOSTILE = "<img src=x onerror=document.title=1>";

  @RegisterExtension private final NodeExtension node = new NodeExtension();

  private LocalRegistry registry;
  private ShapedLink link;
  private BuilderProcess.Setup setup;
  private BuilderProcess builder;

  /// The builder reaches the registry by a link; pushes go to the registry itself, which is an
  /// alias of the link's name.
  private void start(LinkRate rate) throws IOException {
    int port = Ports.free();
    registry =
        node.own(
            LocalRegistry.startNotifying(
                node.dir("registry"),
                node.log("registry"),
                URI.create("http://127.0.0.1:" + port + "/notify/distribution"),
                BuilderProcess.AUTHORIZATION));
    link = node.own(ShapedLink.to(registry.port(), rate));
    setup = setup(port);
    builder = node.own(BuilderProcess.start(setup));
  }

  @Test
  void aPushIsIndexedOnceByEachRuleThatWantsIt() throws IOException {
    start(FAST);
    ImageLayout image = push("it/app:1");
    awaitJobs("done", 1);
    push("refer/app:1");
    awaitJobs("done", 2);

    assertThat(discover("it/app:1-soci", SociIndex.Version.V2).ztocs()).hasSize(1);
    assertThat(discover("refer/app:1", SociIndex.Version.V1).ztocs()).hasSize(1);
    assertThat(digest("it/app:1")).hasToString(image.manifestDigest());

    // What the builder itself has pushed was announced to it too, and the push once more.
    assertThat(builder.notify(event("it/app", "1", image.manifestDigest()))).isEqualTo(202);
    assertThat(builder.notify(event("it/app", "1", image.manifestDigest()))).isEqualTo(202);
    Await.until(LIMIT, "the builder's own pushes to be announced", this::hasSeenItsOwn);
    JsonNode status = builder.get("api/status");
    assertThat(builder.get("api/jobs").path("jobs")).hasSize(2);
    assertThat(status.path("counts").path("done").asInt()).isEqualTo(2);
    assertThat(builder.run("status")).contains("2 done", "1 of 1 layers indexed");
    assertThat(builder.run("submit", link.address() + "/it/app:1")).contains("job 3 by rule it");
    awaitJobs("done", 3);
    assertThat(builder.stop()).isZero();
    assertThat(builder.log())
        .doesNotContain(BuilderProcess.AUTHORIZATION.substring("Bearer ".length()));
  }

  @Test
  void aJobThatAKillCutOffIsFinishedByTheNextProcess() throws IOException {
    start(new LinkRate(2, 0));
    push("it/slow:1");
    Await.until(LIMIT, "the job to have read a part", () -> readBytes() > 0);
    builder.kill();
    assertThat(tagExists("it/slow:1-soci")).isFalse();

    builder = node.own(BuilderProcess.start(setup));
    awaitJobs("done", 1);

    assertThat(discover("it/slow:1-soci", SociIndex.Version.V2).ztocs()).hasSize(1);
    JsonNode job = builder.get("api/jobs").path("jobs").path(0);
    assertThat(job.path("attempts").asInt()).isEqualTo(2);
    assertThat(node.dir("builder").resolve("root/work")).isEmptyDirectory();
  }

  @Test
  void thePageShowsWhatWasDoneWhatFailedAndWhatIsHostileAsText() throws IOException {
    Optional<String> missing = Browser.missing();
    assumeTrue(missing.isEmpty(), missing::get);
    start(FAST);
    push("it/good:1");
    awaitJobs("done", 1);
    breakAndPush("it/broken:1");
    awaitJobs("dead", 1);
    assertThat(builder.notify(event(HOSTILE, "1", "sha256:" + "0".repeat(64)))).isEqualTo(202);

    try (Browser browser = Browser.start(node.dir("browser"), node.log("browser"))) {
      browser.open(setup.page());
      Await.until(LIMIT, "the page to show both jobs", () -> browser.count("#jobs tbody tr") == 2);
      assertThat(browser.title()).isEqualTo("Thaw builder");
      assertThat(browser.text("#jobs tr[data-state=done]"))
          .contains(link.address() + "/it/good:1", "1 of 1 layers indexed");
      assertThat(browser.text("#jobs tr[data-state=dead] .error")).contains("404");
      assertThat(browser.text("#jobs tr[data-state=dead] .remedy")).contains("deleted");

      keep(browser, "builder.png");
      browser.click("#state-dead");
      Await.until(LIMIT, "the filter", () -> browser.count("#jobs tbody tr") == 1);
      assertThat(browser.attribute("#state-dead", "aria-pressed")).contains("true");
      assertThat(browser.text("#jobs tbody")).contains("it/broken:1");
      browser.type("#text", "good");
      Await.until(LIMIT, "no job to match", () -> browser.visible("#none"));
      browser.click("#state-dead");
      Await.until(LIMIT, "the other job", () -> browser.count("#jobs tbody tr") == 1);
      assertThat(browser.text("#jobs tbody")).contains("it/good:1");

      assertThat(browser.text("#ignored")).contains(HOSTILE);
      assertThat(browser.count("img")).isZero();
      assertThat(browser.title()).isEqualTo("Thaw builder");
      keep(browser, "builder-filtered.png");
      assertThat(browser.consoleErrors()).isEmpty();
    }
  }

  /// For people to look at.
  private static void keep(Browser browser, String name) throws IOException {
    Path pictures = Files.createDirectories(Path.of("target", "screenshots"));
    Files.write(pictures.resolve(name), browser.screenshot());
  }

  private BuilderProcess.Setup setup(int port) throws IOException {
    return new BuilderProcess.Setup(
        node.dir("builder"),
        port,
        node.log("builder"),
        """
        [queue]
        max_attempts = 3
        min_wait_sec = 0
        max_wait_sec = 0
        [[registry]]
        host = "%1$s"
        aliases = ["%2$s"]
        [[rule]]
        name = "it"
        images = ["%1$s/it/**"]
        min_layer_bytes = 0
        span_bytes = 262144
        [[rule]]
        name = "refer"
        format = "v1"
        images = ["%1$s/refer/*"]
        min_layer_bytes = 0
        """
            .formatted(link.address(), registry.address()));
  }

  private ImageLayout push(String name) throws IOException {
    ImageLayout image =
        TestImages.golden("pax-6.tar.gz", node.fresh("layout-" + name.replaceAll("\\W", "-")));
    node.push().push(image.dir(), registry.address() + "/" + name);
    return image;
  }

  /// Pushes an image one of whose layers the registry has lost by the time the builder asks.
  private void breakAndPush(String name) throws IOException {
    ImageLayout image = TestImages.golden("gnu-6.tar.gz", node.fresh("layout-broken"));
    link.cut();
    node.push().push(image.dir(), registry.address() + "/" + name);
    String layer = image.layers().getFirst().digest();
    Files.delete(registry.blobFile(layer.substring("sha256:".length())));
    link.mend();
  }

  private void awaitJobs(String state, int count) throws IOException {
    Await.until(
        LIMIT,
        count + " jobs to be " + state,
        () -> builder.get("api/status").path("counts").path(state).asInt() == count);
  }

  private boolean hasSeenItsOwn() throws IOException {
    for (JsonNode notice : builder.get("api/status").path("ignored")) {
      if (notice.path("image").asText().endsWith("it/app:1-soci")) {
        return true;
      }
    }
    return false;
  }

  private long readBytes() throws IOException {
    return builder
        .get("api/status")
        .path("running")
        .path(0)
        .path("progress")
        .path("readBytes")
        .asLong();
  }

  private SociIndex discover(String name, SociIndex.Version version) throws IOException {
    try (RegistryClient client = client()) {
      Reference reference = reference(name);
      IndexDiscovery found =
          new IndexResolver(client)
              .find(
                  new IndexResolver.Query(
                      reference.repository(),
                      client.resolve(reference).digest(),
                      Optional.empty(),
                      Set.of(version)));
      assertThat(found).isInstanceOf(IndexDiscovery.Found.class);
      return ((IndexDiscovery.Found) found).index();
    }
  }

  private Digest digest(String name) throws IOException {
    try (RegistryClient client = client()) {
      return client.resolve(reference(name)).digest();
    }
  }

  private boolean tagExists(String name) throws IOException {
    try (RegistryClient client = client()) {
      client.resolve(reference(name));
      return true;
    } catch (RegistryException e) {
      return false;
    }
  }

  private Reference reference(String name) {
    return Reference.parse(registry.address() + "/" + name);
  }

  private static RegistryClient client() {
    return RegistryClient.create(RegistryConfig.defaults(), CredentialSource.anonymous());
  }

  private String event(String repository, String tag, String digest) {
    return """
    {"events": [{"action": "push", "request": {"host": "%s"}, "target": {"repository": "%s",
     "tag": "%s", "digest": "%s", "mediaType": "application/vnd.oci.image.manifest.v1+json"}}]}
    """
        .formatted(registry.address(), repository, tag, digest);
  }
}
