package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thaw.cli.ThawMain;
import io.thaw.index.ConvertOptions;
import io.thaw.it.image.ImagePush;
import io.thaw.it.net.LinkRate;
import io.thaw.it.node.Await;
import io.thaw.it.node.CriClient.CreatedContainer;
import io.thaw.it.node.CriClient.Pod;
import io.thaw.it.web.Browser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Where the time of a start went, told of a real one and shown in a real browser.
class TimelineIT {
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final ObjectMapper JSON = new ObjectMapper();

  @RegisterExtension private final NodeExtension node = new NodeExtension();

  private record Run(int code, String out, String err) {}

  private Run timeline(String... args) {
    List<String> all = new ArrayList<>(List.of("timeline"));
    all.addAll(List.of("--daemon", node.thawd().socket().toString()));
    all.addAll(List.of(args));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code = ThawMain.run("thaw", out, err, all.toArray(String[]::new));
    return new Run(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private JsonNode json(String name) throws IOException {
    Run run = timeline("--json", name);
    assertThat(run.code()).as(run.err()).isZero();
    return JSON.readTree(run.out());
  }

  private static List<JsonNode> events(JsonNode timeline, String kind) {
    return StreamSupport.stream(timeline.path("events").spliterator(), false)
        .filter(event -> event.path("kind").asText().equals(kind))
        .toList();
  }

  @Test
  void tellsOfAStartFromThePullUntilEverythingIsThere() throws IOException {
    node.startRegistry(new LinkRate(400, 5));
    Path converted = node.fresh("converted");
    ImagePush.convert(TestImages.debian().dir(), converted, ConvertOptions.DEFAULT);
    node.push().push(converted, node.registry().address() + "/debian:1");
    String reference = node.link().address() + "/debian:1";
    node.startNode("");
    assertThat(timeline(reference).code()).isEqualTo(1);

    Pod pod = node.containerd().cri().runPod();
    node.containerd().cri().pull(reference, null);
    CreatedContainer container = node.containerd().cri().create(pod, reference, List.of());
    node.containerd().cri().start(container.id());
    node.containerd().cri().awaitExit(container.id(), LIMIT);
    Await.until(LIMIT, "4 layers to settle", () -> node.thawd().settledLayers() >= 4);

    JsonNode told = json(reference);
    assertThat(told.path("index").asText()).contains("found by annotation");
    assertThat(told.path("layers")).hasSize(5);
    assertThat(events(told, "resolved")).hasSize(1);
    assertThat(events(told, "opened")).hasSize(4);
    assertThat(events(told, "unpacked")).hasSize(1);
    assertThat(events(told, "mounted")).hasSize(4);
    assertThat(events(told, "settled")).hasSize(4);
    List<JsonNode> waits = events(told, "waited");
    assertThat(waits).hasSizeGreaterThan(5);
    assertThat(waits).allMatch(wait -> !wait.path("file").asText().isEmpty());
    assertThat(waits).anyMatch(wait -> wait.path("file").asText().contains("python3"));
    assertThat(told.path("summary").path("settledMillis").asDouble())
        .isGreaterThan(told.path("summary").path("quietMillis").asDouble());
    int spans = 0;
    for (JsonNode layer : told.path("layers")) {
      spans += layer.path("spans").asInt();
    }
    assertThat(events(told, "stored")).as("every span is stored once").hasSize(spans);
    assertThat(events(told, "cpu")).isNotEmpty();

    assertThat(json(container.id().substring(0, 12)).path("manifest"))
        .isEqualTo(told.path("manifest"));
    Run text = timeline(told.path("manifest").asText());
    assertThat(text.out()).contains("reads waited", "all layers settled", "waiting readers");
    show(reference, waits.size());
  }

  private void show(String reference, int waits) throws IOException {
    Optional<String> missing = Browser.missing();
    assumeTrue(missing.isEmpty(), missing.orElse(""));
    Path page = node.fresh("timeline.html");
    Run run = timeline("--html", page.toString(), reference);
    assertThat(run.code()).as(run.err()).isZero();
    try (Browser browser = Browser.start(node.dir("browser"), node.log("browser"))) {
      browser.open(page);
      assertThat(browser.text("#name")).isEqualTo(reference);
      assertThat(browser.count("#waits tbody tr")).isEqualTo(waits);
      for (String canvas : List.of("fall", "link", "spans")) {
        assertThat(drawn(browser, canvas)).as(canvas + " is drawn").isGreaterThan(100);
      }
      browser.evaluate(
          "document.querySelector('#waits tbody tr').dispatchEvent("
              + "new MouseEvent('click', {bubbles: true}));");
      assertThat(browser.text("#detail")).startsWith("reader waits: at ");
      assertThat(browser.count("#because li")).as("what it waited on").isPositive();
      browser.type("#filter", "no such file anywhere");
      assertThat(browser.count("#waits tbody tr")).isZero();
      browser.click("#all");
      assertThat(drawn(browser, "fall")).isGreaterThan(100);
      assertThat(browser.consoleErrors()).isEmpty();
    }
  }

  /// How many points of a canvas are not blank.
  private static int drawn(Browser browser, String canvas) throws IOException {
    return browser
        .evaluate(
            "const c = document.getElementById(arguments[0]);"
                + "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
                + "let n = 0; for (let i = 3; i < d.length; i += 4) if (d[i] > 0) n++; return n;",
            canvas)
        .asInt();
  }
}
