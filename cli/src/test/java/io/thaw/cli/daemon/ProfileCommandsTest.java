package io.thaw.cli.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.thaw.cli.ThawMain;
import io.thaw.index.start.StartProfile;
import io.thaw.index.start.StartProfile.LayerRef;
import io.thaw.index.start.StartProfile.Step;
import io.thaw.index.start.StartProfileJson;
import io.thaw.proto.control.v1.ProfileInfo;
import io.thaw.registry.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfileCommandsTest {
  private static final String IMAGE = "registry.example.com/app:1";

  @TempDir Path directory;
  private FakeDaemon daemon;
  private String out = "";
  private String err = "";

  @BeforeEach
  void start() throws IOException {
    daemon = new FakeDaemon(directory);
    daemon.profiles = List.of(info(profile()));
  }

  @AfterEach
  void stop() {
    daemon.close();
  }

  private int run(String command, String... args) {
    List<String> all = new ArrayList<>(List.of("profile", command));
    all.addAll(List.of("--daemon", daemon.socket().toString()));
    all.addAll(List.of(args));
    ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
    ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
    int code = ThawMain.run("thaw", outBytes, errBytes, all.toArray(String[]::new));
    out = outBytes.toString(UTF_8);
    err = errBytes.toString(UTF_8);
    return code;
  }

  private static Digest digest(String text) {
    return Digest.sha256(text.getBytes(UTF_8));
  }

  /// Two layers; a span of the first one was touched by one of four recordings and is not wanted.
  private static StartProfile profile() {
    return new StartProfile(
        digest("manifest"),
        IMAGE,
        Instant.parse("2026-01-02T03:04:05Z"),
        List.of(
            new LayerRef(digest("base"), digest("base ztoc"), 100 << 20, 4),
            new LayerRef(digest("app"), digest("app ztoc"), 10 << 20, 4)),
        List.of(
            new Step(0, 7, 5 << 20, 0, 0b1111),
            new Step(0, 9, 1 << 20, 10, 0b1000),
            new Step(1, 0, 1 << 20, 1500, 0b0011)));
  }

  private static ProfileInfo info(StartProfile profile) {
    return ProfileInfo.newBuilder()
        .setManifestDigest(profile.manifest().toString())
        .setImage(profile.image())
        .setOrigin("recorded")
        .setDocument(ByteString.copyFrom(StartProfileJson.write(profile)))
        .build();
  }

  @Test
  void showsWhatStartsTouchLayerByLayer() {
    assertThat(run("show", IMAGE)).isZero();
    assertThat(daemon.profileCalls).containsExactly("show " + IMAGE);
    assertThat(out)
        .contains(IMAGE, "manifest " + digest("manifest"))
        .containsPattern(
            digest("base").toString().substring(0, 19) + " +1 +5.0 MiB +5.0 % +0 ms +4")
        .containsPattern(
            digest("app").toString().substring(0, 19) + " +1 +1.0 MiB +10.0 % +1500 ms +4")
        .contains("2 spans of 2 layers, 6.0 MiB, first used within 1.5 s");
  }

  @Test
  void listsTheImagesThatHaveProfiles() {
    assertThat(run("show")).isZero();
    assertThat(out).containsPattern(IMAGE + " +sha256:\\S+ +2 +6.0 MiB +4 +recorded");
    daemon.profiles = List.of();
    assertThat(run("show")).isZero();
    assertThat(out).contains("No start was recorded");
  }

  @Test
  void givesScriptsJson() throws IOException {
    assertThat(run("show", "--json", IMAGE)).isZero();
    JsonNode profile = new ObjectMapper().readTree(out).path("profiles").get(0);
    assertThat(profile.path("bytes").asLong()).isEqualTo(6 << 20);
    assertThat(profile.path("layers").get(1).path("firstMillis").asInt()).isEqualTo(1500);
  }

  @Test
  void anImageThatSteersTheTerminalIsShownHarmlessly() {
    StartProfile hostile =
        new StartProfile(digest("manifest"), "evil\u001b[2J", Instant.EPOCH, List.of(), List.of());
    daemon.profiles = List.of(info(hostile));
    assertThat(run("show", "evil")).isZero();
    assertThat(out).doesNotContain("\u001b").contains("evil\\x1b[2J");
  }

  @Test
  void saysHowToGetAProfileThatIsNotThere() {
    daemon.profiles = List.of();
    assertThat(run("show", IMAGE)).isEqualTo(1);
    assertThat(err).contains("there is no start profile of " + IMAGE, "thaw profile record");
  }

  @Test
  void exportsAndImportsTheSameProfile() throws IOException {
    Path file = directory.resolve("app.json");
    assertThat(run("export", "-o", file.toString(), IMAGE)).isZero();
    assertThat(StartProfileJson.read(Files.readAllBytes(file))).isEqualTo(profile());
    assertThat(run("export", IMAGE)).isZero();
    assertThat(out.strip()).isEqualTo(Files.readString(file));

    assertThat(run("import", file.toString())).isZero();
    assertThat(daemon.profileCalls.getLast()).isEqualTo("import " + Files.readString(file));
    assertThat(out).contains("2 spans of 2 layers");
  }

  @Test
  void refusesAFileThatIsNoProfile() throws IOException {
    Path file = directory.resolve("nonsense.json");
    Files.writeString(file, "{\"version\":\"7\"}");
    assertThat(run("import", file.toString())).isEqualTo(1);
    assertThat(err).contains("nonsense.json is no start profile", "$.version");
    assertThat(daemon.profileCalls).isEmpty();
  }

  @Test
  void recordsWhileACommandRuns() {
    Path touched = directory.resolve("touched");
    assertThat(run("record", IMAGE, "--", "touch", touched.toString())).isZero();
    assertThat(touched).exists();
    assertThat(daemon.profileCalls).containsExactly("begin " + IMAGE + " 3600", "finish " + IMAGE);
    assertThat(err).contains("recording 2 layers; 1 others are ordinary directories");
    assertThat(out).contains("2 spans of 2 layers");
  }

  @Test
  void keepsWhatACommandThatFailedTouchedAndSaysSo() {
    assertThat(run("record", "--for", "30s", IMAGE, "--", "false")).isEqualTo(1);
    assertThat(daemon.profileCalls).containsExactly("begin " + IMAGE + " 30", "finish " + IMAGE);
    assertThat(err).contains("false ended with exit code 1");
  }

  @Test
  void takesWhatTheNodeRecordedByItself() {
    assertThat(run("record", "--from-node", IMAGE)).isZero();
    assertThat(daemon.profileCalls).containsExactly("finish " + IMAGE);
  }

  @Test
  void passesOnWhyNothingCanBeRecorded() {
    daemon.refusal = Status.FAILED_PRECONDITION.withDescription("no layer of it is lazy any more");
    assertThat(run("record", "--for", "1s", IMAGE)).isEqualTo(1);
    assertThat(err).contains("no layer of it is lazy any more");
  }

  @Test
  void needsToKnowWhatToRecord() {
    assertThat(run("record", IMAGE)).isEqualTo(2);
    assertThat(err).contains("--for TIME, -- COMMAND, or --from-node");
    assertThat(run("record", "--from-node", "--for", "1s", IMAGE)).isEqualTo(2);
    assertThat(run("record", "--for", "2h", IMAGE)).isEqualTo(2);
    assertThat(daemon.profileCalls).isEmpty();
  }

  @Test
  void removesAProfile() {
    assertThat(run("remove", IMAGE)).isZero();
    assertThat(daemon.profileCalls).containsExactly("remove " + IMAGE);
    daemon.profiles = List.of();
    assertThat(run("remove", IMAGE)).isEqualTo(1);
    assertThat(err).contains("thaw profile show");
  }

  @Test
  void attachesToATagOnly() {
    assertThat(run("attach", "registry.example.com/app@" + digest("manifest"))).isEqualTo(2);
    assertThat(err).contains("names no tag");
  }
}
