package io.thaw.daemon.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thaw.daemon.fetch.FetchCounters;
import io.thaw.daemon.fetch.ParallelDownloads;
import io.thaw.daemon.layer.LayerBlob;
import io.thaw.daemon.layer.LayerProgress;
import io.thaw.daemon.layer.LayerState;
import io.thaw.daemon.layer.LayerUsage;
import io.thaw.fuse.FuseCounters.Operation;
import io.thaw.registry.Digest;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// What docs/operations.md and the dashboard say is what the daemon shows.
class MetricsDocumentationTest {
  private static final Path DOCS =
      Path.of(System.getProperty("thaw.testdata")).toAbsolutePath().resolveSibling("docs");
  private static final Pattern TYPE = Pattern.compile("(?m)^# TYPE (\\S+) \\S+$");
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `((?:thaw|soci)_[a-z_]+)` \\|");
  private static final Pattern USED = Pattern.compile("\\b(?:thaw|soci)_[a-z_]+\\b");

  private static LayerState layer(int number) {
    return new LayerState(
        number,
        new LayerBlob(
            Digest.parse("sha256:" + "%064x".formatted(number)),
            1_000 + number,
            new Repository("registry.test", "image")),
        true,
        false,
        new LayerProgress(1, 2, 10, 1_000 + number),
        new LayerUsage(5, 1),
        Optional.empty());
  }

  private static DaemonMetrics metrics(int layers) {
    DaemonMetrics metrics = new DaemonMetrics();
    List<LayerState> states = new ArrayList<>();
    for (int i = 1; i <= layers; i++) {
      states.add(layer(i));
    }
    FetchCounters counters = new FetchCounters();
    NodeMetrics.register(metrics, counters, () -> states, Path.of("/"));
    NodeMetrics.eager(metrics, new ParallelDownloads(ParallelDownloads.Limits.defaults()));
    NodeMetrics.node(metrics, () -> 0, () -> 0);
    metrics.registryAnswered(3_000_000);
    metrics.fuse().answered(Operation.READ, 3_000, false);
    metrics.fuse().read(10);
    counters.demandWaited(Duration.ofMillis(3), true);
    metrics.callEnded("Prepare", "ALREADY_EXISTS", 5_000_000);
    metrics.layerAnswered("Lazy");
    return metrics;
  }

  private static Set<String> exported() {
    try (DaemonMetrics metrics = metrics(3)) {
      return found(TYPE, metrics.scrape(), 1);
    }
  }

  private static Set<String> found(Pattern pattern, String text, int group) {
    Set<String> names = new TreeSet<>();
    for (MatchResult match : pattern.matcher(text).results().toList()) {
      names.add(match.group(group));
    }
    return names;
  }

  @Test
  void theTableNamesWhatIsShownAndNothingElse() throws IOException {
    assertThat(found(ROW, Files.readString(DOCS.resolve("operations.md")), 1))
        .isEqualTo(exported());
  }

  @Test
  void theDashboardAsksForWhatThereIs() throws IOException {
    JsonNode dashboard = new ObjectMapper().readTree(DOCS.resolve("grafana/thaw.json").toFile());
    Set<String> exported = exported();
    Set<String> used = new TreeSet<>();
    for (JsonNode expression : dashboard.findValues("expr")) {
      used.addAll(found(USED, expression.asText(), 0));
    }

    assertThat(dashboard.path("panels")).hasSizeGreaterThan(5);
    assertThat(used).hasSizeGreaterThan(8);
    assertThat(used)
        .allMatch(
            name ->
                exported.contains(name)
                    || exported.contains(name.replaceFirst("_(bucket|sum|count)$", "")));
  }

  @Test
  void manyLayersAreNotManySeries() {
    try (DaemonMetrics metrics = metrics(500)) {
      String text = metrics.scrape();

      for (String name : List.of("soci_fs_layer_size_bytes", "thaw_layer_missing_bytes")) {
        long series = text.lines().filter(line -> line.startsWith(name + "{")).count();
        assertThat(series).isEqualTo(NodeMetrics.MAX_LAYERS + 1L);
      }
      double sum =
          text.lines()
              .filter(line -> line.startsWith("soci_fs_layer_size_bytes{"))
              .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
              .sum();
      assertThat(sum).as("nothing is lost").isEqualTo(500 * 1_000 + 500 * 501 / 2.0);
    }
  }

  @Test
  void socisNamesAreItsOwnToTheLetter() {
    try (DaemonMetrics metrics = metrics(1)) {
      assertThat(metrics.scrape())
          .contains(
              "soci_fs_operation_duration_milliseconds_bucket{layer=\"\",operation_type=\"mount\",le=\"8.0\"} 1")
          .contains(
              "soci_fs_operation_count{layer=\"\",operation_type=\"synchronous_read_count\"} 1.0")
          .contains(
              "soci_fs_operation_duration_microseconds_bucket{layer=\"\",operation_type=\"synchronous_read\",le=\"4.0\"} 1")
          .contains(
              "soci_fs_operation_duration_milliseconds_bucket{layer=\"\",operation_type=\"remote_registry_get\",le=\"4.0\"} 1")
          .contains(
              "soci_fs_bytes_served{layer=\"\",operation_type=\"synchronous_bytes_served\"} 10.0")
          .contains(
              "soci_fs_operation_count{layer=\"\",operation_type=\"fuse_node_lookup_failure_count\"} 0.0")
          .contains("thaw_fuse_request_seconds_count{operation=\"read\"} 1");
    }
  }
}
