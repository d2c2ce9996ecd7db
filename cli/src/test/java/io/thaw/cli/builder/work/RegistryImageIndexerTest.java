package io.thaw.cli.builder.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.cli.builder.work.ImageIndexer.Indexed;
import io.thaw.cli.builder.work.ImageIndexer.NothingToDo;
import io.thaw.cli.builder.work.ImageIndexer.Result;
import io.thaw.cli.builder.work.ImageIndexer.Task;
import io.thaw.config.BuilderConfig;
import io.thaw.config.BuilderRule;
import io.thaw.index.SociMediaTypes;
import io.thaw.index.oci.ImageContent;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.place.LayoutSource;
import io.thaw.index.place.RegistryTarget;
import io.thaw.registry.CredentialSource;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.RegistryConfig;
import io.thaw.registry.RegistryException;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Indexes the golden image in a registry.
class RegistryImageIndexerTest {
  private static final Path LAYOUT =
      Path.of(System.getProperty("thaw.testdata")).resolve("golden/layout");

  @TempDir Path dir;

  private SmallRegistry registry;
  private RegistryClient client;
  private RegistryImageIndexer indexer;
  private Digest image;

  @BeforeEach
  void push() throws IOException {
    registry = new SmallRegistry();
    client =
        RegistryClient.create(
            RegistryConfig.defaults()
                .withRetry(new RegistryConfig.Retry(1, Duration.ofMillis(1), Duration.ofMillis(1))),
            CredentialSource.anonymous());
    indexer = new RegistryImageIndexer(client, 2);
    try (LayoutSource source = LayoutSource.open(LAYOUT)) {
      new RegistryTarget(client, Reference.parse(registry.host() + "/app:1"))
          .write(ImageContent.of(source));
    }
    image = Digest.sha256(registry.manifests.get("1"));
    registry.calls.clear();
  }

  @AfterEach
  void close() {
    client.close();
    registry.close();
  }

  @Test
  void aV2RulePutsTheConvertedImageBesideTheTag() throws IOException {
    JobProgress progress = new JobProgress();

    Indexed indexed = (Indexed) run(rule(""), Optional.of("1"), image, progress);

    Digest converted = Digest.sha256(registry.manifests.get("1-soci"));
    assertThat(indexed.pushed()).containsExactly(converted);
    assertThat(indexed.summary())
        .isEqualTo("4 of 4 layers indexed, 2.1 MiB; pushed " + registry.host() + "/app:1-soci");
    assertThat(new String(registry.manifests.get("1-soci"), StandardCharsets.UTF_8))
        .contains(SociMediaTypes.INDEX_V2);
    assertThat(registry.manifests.get("1")).hasSize(913);
    assertThat(progress.read()).isEqualTo(new JobProgress.Reading(2_193_197, 2_193_197, 4, 4));
  }

  @Test
  void doingItAgainPushesNothing() throws IOException {
    Result first = run(rule(""), Optional.of("1"), image, new JobProgress());
    registry.calls.clear();

    assertThat(run(rule(""), Optional.of("1"), image, new JobProgress())).isEqualTo(first);
    assertThat(registry.pushes()).isZero();
  }

  @Test
  void aV1RuleAddsAnIndexThatRefersToTheImage() throws IOException {
    Indexed indexed =
        (Indexed) run(rule("format = \"v1\""), Optional.empty(), image, new JobProgress());

    assertThat(indexed.summary()).endsWith("pushed 1 v1 index");
    assertThat(client.referrers(repository(), image, SociMediaTypes.INDEX_V1))
        .singleElement()
        .satisfies(
            referrer ->
                assertThat(indexed.pushed()).containsExactly(referrer.descriptor().digest()));
    assertThat(registry.manifests).doesNotContainKey("1-soci");
  }

  @Test
  void aTagThatPointsElsewhereByNowIsLeftAlone() throws IOException {
    Digest other =
        registry.put("1", MediaTypes.OCI_MANIFEST, "{}".getBytes(StandardCharsets.UTF_8));

    assertNothing(run(rule(""), Optional.of("1"), image, new JobProgress()), "points to " + other);
    assertThat(registry.pushes()).isZero();
  }

  @Test
  void anImageThatWasDeletedIsNoFailure() throws IOException {
    registry.manifests.clear();

    assertNothing(run(rule(""), Optional.of("1"), image, new JobProgress()), "were deleted");
  }

  @Test
  void imagesAndLayersBelowTheMinimumAreLeftAlone() throws IOException {
    assertNothing(
        run(rule("min_image_bytes = 2193198"), Optional.of("1"), image, new JobProgress()),
        "have 2193197 bytes, less than rule.min_image_bytes, 2193198");
    for (String format : new String[] {"v1", "v2"}) {
      String rule = "format = \"" + format + "\"";
      assertNothing(
          run(rule(rule, 5_000_000), Optional.of("1"), image, new JobProgress()),
          "less than the minimum of 5000000");
    }
  }

  @Test
  void anImageForOtherPlatformsIsLeftAlone() throws IOException {
    assertNothing(
        run(rule("platforms = [\"linux/riscv64\"]"), Optional.of("1"), image, new JobProgress()),
        "none of the rule's platforms, [linux/riscv64]");
  }

  @Test
  void whatIsNoImageOrHasAnIndexAlreadyIsLeftAlone() throws IOException {
    run(rule(""), Optional.of("1"), image, new JobProgress());
    byte[] converted = registry.manifests.get("1-soci");
    Digest retagged = registry.put("copy", MediaTypes.OCI_INDEX, converted);
    byte[] chart =
        new String(registry.manifests.get("1"), StandardCharsets.UTF_8)
            .replace(MediaTypes.OCI_CONFIG, "application/vnd.cncf.helm.config.v1+json")
            .getBytes(StandardCharsets.UTF_8);
    Digest helm = registry.put("chart", MediaTypes.OCI_MANIFEST, chart);

    assertNothing(
        run(rule(""), Optional.of("copy"), retagged, new JobProgress()), "carries a v2 index");
    assertNothing(
        run(rule(""), Optional.of("chart"), helm, new JobProgress()),
        "not a container image but a application/vnd.cncf.helm.config.v1+json");
  }

  @Test
  void aLayerTheRegistryHasLostIsAFailureThatNamesIt() {
    String layer =
        registry.blobs.entrySet().stream()
            .filter(blob -> blob.getValue().length > 500_000)
            .findFirst()
            .orElseThrow()
            .getKey();
    registry.blobs.remove(layer);

    assertThatThrownBy(() -> run(rule(""), Optional.of("1"), image, new JobProgress()))
        .isInstanceOfSatisfying(
            RegistryException.class,
            e -> assertThat(e.kind()).isEqualTo(RegistryException.Kind.NOT_FOUND))
        .hasMessageContaining(layer);
    assertThat(registry.manifests).doesNotContainKey("1-soci");
  }

  private static void assertNothing(Result result, String reason) {
    assertThat(result)
        .isInstanceOfSatisfying(
            NothingToDo.class, nothing -> assertThat(nothing.reason()).contains(reason));
  }

  private Result run(BuilderRule rule, Optional<String> tag, Digest digest, JobProgress progress)
      throws IOException {
    Path scratch = Files.createTempDirectory(dir, "job");
    return indexer.index(new Task(repository(), tag, digest, rule, scratch), progress);
  }

  private Repository repository() {
    return new Repository(registry.host(), "app");
  }

  private BuilderRule rule(String more) throws IOException {
    return rule(more, 0);
  }

  private BuilderRule rule(String more, long minLayerBytes) throws IOException {
    return BuilderConfig.parse(
            "b.toml",
            """
            [[registry]]
            host = "%1$s"
            [[rule]]
            name = "rule"
            images = ["%1$s/**"]
            span_bytes = 262144
            min_layer_bytes = %2$d
            %3$s
            """
                .formatted(registry.host(), minLayerBytes, more))
        .rules()
        .getFirst();
  }
}
