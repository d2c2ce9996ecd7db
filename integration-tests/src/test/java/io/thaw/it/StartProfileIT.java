package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thaw.cli.ThawMain;
import io.thaw.index.ConvertOptions;
import io.thaw.it.image.DebianImage;
import io.thaw.it.image.ImagePush;
import io.thaw.it.net.Ports;
import io.thaw.it.node.Await;
import io.thaw.it.node.CriClient.Pod;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What one node recorded, another one fetches before it is asked for.
class StartProfileIT {
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final ObjectMapper JSON = new ObjectMapper();

  @RegisterExtension private final NodeExtension node = new NodeExtension();
  private String metrics = "";

  /// @param quietMillis when a recording ends by itself
  private String config(int quietMillis) throws IOException {
    metrics = "127.0.0.1:" + Ports.free();
    return "metrics_address = \""
        + metrics
        + "\"\n"
        + NodeExtension.NO_FILL
        + "[profile]\nquiet_msec = "
        + quietMillis
        + "\n";
  }

  private record Run(int code, String out, String err) {}

  private Run thaw(boolean asksDaemon, String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    if (asksDaemon) {
      all.addAll(List.of("--daemon", node.thawd().socket().toString()));
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code = ThawMain.run("thaw", out, err, all.toArray(String[]::new));
    return new Run(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private JsonNode profile(String reference) throws IOException {
    Run run = thaw(true, "profile", "show", "--json", reference);
    assertThat(run.code()).as(run.err()).isZero();
    return JSON.readTree(run.out()).path("profiles").path(0);
  }

  /// A counter of the daemon, by its name and label as Prometheus shows them.
  private long metric(String name) throws IOException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      String text =
          http.send(
                  HttpRequest.newBuilder(URI.create("http://" + metrics + "/metrics")).build(),
                  BodyHandlers.ofString())
              .body();
      Matcher found =
          Pattern.compile("^" + Pattern.quote(name) + " ([0-9.E]+)$", Pattern.MULTILINE)
              .matcher(text);
      assertThat(found.find()).as(name + " in " + text).isTrue();
      return (long) Double.parseDouble(found.group(1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private long requests(String kind) throws IOException {
    return metric("thaw_fetch_requests_total{kind=\"" + kind + "\"}");
  }

  private long fetchedBytes() throws IOException {
    long bytes = 0;
    for (String kind : List.of("demand", "read_ahead", "prefetch", "fill")) {
      bytes += metric("thaw_fetch_bytes_total{kind=\"" + kind + "\"}");
    }
    return bytes;
  }

  private String push() throws IOException {
    Path converted = node.fresh("converted");
    ImagePush.convert(TestImages.debian().dir(), converted, ConvertOptions.DEFAULT);
    node.push().push(converted, node.registry().address() + "/debian:1");
    return node.link().address() + "/debian:1";
  }

  private void runToEnd(String reference) throws IOException {
    Pod pod = node.containerd().cri().runPod();
    assertThat(node.containerd().cri().runToEnd(pod, reference, List.of(), LIMIT))
        .startsWith(DebianImage.OUTPUT);
  }

  private List<Path> profiles() throws IOException {
    try (Stream<Path> files = Files.list(node.thawd().root().resolve("profiles"))) {
      return files.toList();
    }
  }

  /// Pulls and starts the image on a node that has nothing, and ends the recording with the
  /// container: how long a start is quiet in between depends on the machine.
  private void record(String reference) throws IOException {
    node.containerd().cri().pull(reference, null);
    runToEnd(reference);
    endRecording(reference);
  }

  private void endRecording(String reference) {
    Run ended = thaw(true, "profile", "record", "--from-node", reference);
    assertThat(ended.code()).as(ended.err()).isZero();
  }

  @Test
  void aRecordingAttachedToTheIndexServesANodeThatNeverSawTheImage() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    String reference = push();
    node.startNode(config(3_600_000));
    record(reference);
    JsonNode recorded = profile(reference);
    long misses = requests("demand");
    assertThat(misses).as("a cold start waits often").isGreaterThan(10);
    assertThat(recorded.path("spans").asInt()).isGreaterThan(10);
    assertThat(recorded.path("layers").size()).isGreaterThan(1);

    Run attached = thaw(true, "profile", "attach", reference);
    assertThat(attached.code()).as(attached.err()).isZero();

    node.replaceNode(config(3_600_000));
    assertThat(thaw(true, "profile", "show").out()).contains("No start was recorded");
    node.containerd().cri().pull(reference, null);
    long wanted = recorded.path("bytes").asLong();
    Await.until(LIMIT, "the profile's spans to be here", () -> fetchedBytes() >= wanted);
    assertThat(requests("demand")).as("nobody has read anything yet").isZero();

    runToEnd(reference);

    assertThat(requests("demand")).as("misses that are left").isLessThan(1 + misses / 10);
    endRecording(reference);
    assertThat(fetchedBytes())
        .as("fetched for what was touched")
        .isLessThanOrEqualTo(profile(reference).path("bytes").asLong() * 115 / 100);
  }

  @Test
  void aProfileCarriedAsAFileIsUsedAndGoesWithItsImage() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    String reference = push();
    node.startNode(config(3_600_000));
    record(reference);
    Path file = node.fresh("debian.profile");
    Run exported = thaw(true, "profile", "export", "-o", file.toString(), reference);
    assertThat(exported.code()).as(exported.err()).isZero();
    long misses = requests("demand");
    long wanted = profile(reference).path("bytes").asLong();

    node.replaceNode(config(3_600_000));
    Run imported = thaw(true, "profile", "import", file.toString());
    assertThat(imported.code()).as(imported.err()).isZero();
    assertThat(profile(reference).path("awaitsImage").asBoolean()).isTrue();
    node.containerd().cri().pull(reference, null);
    Await.until(LIMIT, "the profile's spans to be here", () -> fetchedBytes() >= wanted);
    runToEnd(reference);
    assertThat(requests("demand")).isLessThan(1 + misses / 10);
    Await.until(
        LIMIT,
        "the image to be known as the profile's",
        () -> !profile(reference).path("awaitsImage").asBoolean());

    node.containerd().cri().removeEverything();
    node.containerd().cri().removeImage(reference);
    Await.until(LIMIT, "the profile to go with its image", () -> profiles().isEmpty());
  }

  @Test
  void aDamagedProfileIsLeftOutAndTheStartIsRecordedAnew() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    String reference = push();
    node.startNode(config(3_600_000));
    record(reference);
    Path file = profiles().getFirst();
    byte[] damaged = Files.readAllBytes(file);
    damaged[damaged.length / 2] ^= 1;

    node.replaceNode(config(500));
    Path there = node.thawd().root().resolve("profiles").resolve(file.getFileName());
    Files.write(there, damaged);
    node.containerd().cri().pull(reference, null);
    runToEnd(reference);

    assertThat(node.thawd().log()).contains("a start profile cannot be used and is left out");
    Await.until(
        LIMIT,
        "the start to be recorded anew",
        () -> thaw(true, "profile", "show", reference).code() == 0);
    assertThat(profile(reference).path("layers").path(0).path("recordings").asInt()).isOne();
  }
}
