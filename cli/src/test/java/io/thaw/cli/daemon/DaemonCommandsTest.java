package io.thaw.cli.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.grpc.Status;
import io.thaw.cli.ThawMain;
import io.thaw.proto.control.v1.DiskLevel;
import io.thaw.proto.control.v1.DiskStatus;
import io.thaw.proto.control.v1.Emptied;
import io.thaw.proto.control.v1.ExplainResponse;
import io.thaw.proto.control.v1.ImageLayer;
import io.thaw.proto.control.v1.ImageStatus;
import io.thaw.proto.control.v1.IndexUse;
import io.thaw.proto.control.v1.LayerPlan;
import io.thaw.proto.control.v1.LayerStatus;
import io.thaw.proto.control.v1.Mode;
import io.thaw.proto.control.v1.PrewarmLayer;
import io.thaw.proto.control.v1.PrewarmProgress;
import io.thaw.proto.control.v1.StatusResponse;
import io.thaw.proto.control.v1.Until;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DaemonCommandsTest {
  private static final String LAYER = "sha256:" + "a".repeat(64);

  @TempDir Path directory;
  private FakeDaemon daemon;
  private String out = "";
  private String err = "";

  @BeforeEach
  void start() throws IOException {
    daemon = new FakeDaemon(directory);
  }

  @AfterEach
  void stop() {
    daemon.close();
  }

  private int run(String... args) {
    return runAt(daemon.socket(), args);
  }

  private int runAt(Path socket, String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(List.of("--daemon", socket.toString()));
    ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
    ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
    int code = ThawMain.run("thaw", outBytes, errBytes, all.toArray(String[]::new));
    out = outBytes.toString(StandardCharsets.UTF_8);
    err = errBytes.toString(StandardCharsets.UTF_8);
    return code;
  }

  private static StatusResponse oneImage() {
    return StatusResponse.newBuilder()
        .addImages(
            ImageStatus.newBuilder()
                .setReference("registry.test/app:1")
                .setMode(Mode.LAZY)
                .setReason("its zTOC is in the index")
                .setIndex(IndexUse.newBuilder().setSource("annotation").setDigest("sha256:i"))
                .addLayers(
                    ImageLayer.newBuilder()
                        .setDigest(LAYER)
                        .setMode(Mode.LAZY)
                        .setReason("its zTOC is in the index")))
        .addLayers(
            LayerStatus.newBuilder()
                .setDigest(LAYER)
                .setMode(Mode.LAZY)
                .setSpans(10)
                .setSpansPresent(5)
                .setBytes(4 << 20)
                .setBytesPresent(2 << 20)
                .setBytesPerSecond(1 << 20)
                .setFailures(2)
                .setLastError("connection refused"))
        .setDisk(
            DiskStatus.newBuilder().setRoot("/var/lib/thaw").setTotalBytes(100).setFreeBytes(9))
        .build();
  }

  @Test
  void statusTellsModeFillReasonAndErrors() {
    daemon.status = oneImage();

    assertThat(run("status")).isZero();

    assertThat(out)
        .contains("registry.test/app:1", "lazy", "50% of 4.0 MiB", "1.0 MiB/s", "3s")
        .contains("its zTOC is in the index")
        .contains("2 transfers failed", "connection refused");
    assertThat(err).isEmpty();
  }

  @Test
  void statusAsJsonHasWhatScriptsNeed() throws IOException {
    daemon.status = oneImage();

    assertThat(run("status", "--json")).isZero();

    JsonNode image = new ObjectMapper().readTree(out).path("images").path(0);
    assertThat(image.path("mode").asText()).isEqualTo("lazy");
    assertThat(image.path("filledPercent").asInt()).isEqualTo(50);
    assertThat(image.path("settled").asBoolean()).isFalse();
    assertThat(image.path("index").path("digest").asText()).isEqualTo("sha256:i");
    assertThat(image.path("layers").path(0).path("reason").asText()).contains("zTOC");
  }

  @Test
  void statusTellsADiskThatIsNotNormalAndWhatItMeans() throws IOException {
    daemon.status =
        oneImage().toBuilder()
            .setDisk(
                DiskStatus.newBuilder()
                    .setRoot("/var/lib/thaw")
                    .setLevel(DiskLevel.DISK_FULL)
                    .setReason("a write failed: ENOSPC")
                    .setMeaning("reads are served from memory")
                    .setMemoryBytes(3 << 20)
                    .setMaxBytes(10L << 30)
                    .setEvictions(4)
                    .setEvictedBytes(5 << 20)
                    .setAboveBound("layers that containers use take all of it"))
            .build();

    assertThat(run("status")).isZero();
    assertThat(out)
        .contains("the disk is full for ", "(a write failed: ENOSPC): reads are served from memory")
        .contains("memory holds 3.0 MiB")
        .contains("layers may take 10.00 GiB; 4 were emptied", "5.0 MiB")
        .contains("above that bound: layers that containers use");

    assertThat(run("status", "--json")).isZero();
    JsonNode disk = new ObjectMapper().readTree(out).path("disk");
    assertThat(disk.path("level").asText()).isEqualTo("full");
    assertThat(disk.path("memoryBytes").asLong()).isEqualTo(3 << 20);
    assertThat(disk.path("evictions").asLong()).isEqualTo(4);
  }

  @Test
  void statusTellsWhyALayerWasEmptied() throws IOException {
    StatusResponse.Builder status = oneImage().toBuilder();
    status
        .getLayersBuilder(0)
        .setEmptied(
            Emptied.newBuilder().setAtNanos(1_000_000_000).setBytes(7 << 20).setReason("no room"));
    daemon.status = status.build();

    assertThat(run("status")).isZero();
    assertThat(out).contains("was emptied", "ago, which gave back 7.0 MiB: no room");

    assertThat(run("status", "--json")).isZero();
    assertThat(new ObjectMapper().readTree(out).path("layers").path(0).path("emptied"))
        .hasToString("{\"at\":\"1970-01-01T00:00:01Z\",\"bytes\":7340032,\"reason\":\"no room\"}");
  }

  @Test
  void thePlatformIsPassedOnAndCheckedHere() {
    assertThat(run("explain", "--platform", "linux/x86_64", "registry.test/app:1")).isZero();
    assertThat(daemon.explains.getFirst().getPlatform()).isEqualTo("linux/amd64");

    assertThat(run("explain", "--platform", "arm", "registry.test/app:1")).isEqualTo(2);
    assertThat(err).contains("is not a platform", "linux/arm64");

    run("prewarm", "-p", "linux/arm64", "registry.test/app:1");
    assertThat(daemon.prewarms.getFirst().getPlatform()).isEqualTo("linux/arm64");
  }

  @Test
  void anImageNobodyPulledIsAnErrorWithARemedy() {
    assertThat(run("status", "registry.test/other:1")).isEqualTo(1);
    assertThat(err).contains("registry.test/other:1").contains("thaw explain");
  }

  @Test
  void aDaemonThatIsDownIsSaidSoWithARemedy() throws IOException {
    assertThat(runAt(directory.resolve("none.sock"), "status")).isEqualTo(1);
    assertThat(err).contains("thawd is not running", "none.sock", "--daemon");

    Path dead = Files.createFile(directory.resolve("dead.sock"));
    assertThat(runAt(dead, "explain", "registry.test/app:1")).isEqualTo(1);
    assertThat(err).contains("thawd is not running");
  }

  @Test
  void explainTellsTheModeTheReasonAndTheRemedy() {
    daemon.explanation =
        ExplainResponse.newBuilder()
            .setReference("registry.test/app:1")
            .setMode(Mode.DEFERRED)
            .setReason("the image has no SOCI index")
            .setCredentials("none, anonymous")
            .addLayers(
                LayerPlan.newBuilder().setDigest(LAYER).setBytes(1 << 20).setMode(Mode.DEFERRED))
            .addAdvice("thaw convert it")
            .build();

    assertThat(run("explain", "registry://registry.test/app:1")).isZero();

    assertThat(out)
        .contains("containerd would pull it", "the image has no SOCI index")
        .contains("none, anonymous", "thaw convert it", "1.0 MiB");
  }

  @Test
  void whyAnImageCannotBeExplainedIsTold() {
    daemon.refusal = Status.NOT_FOUND.withDescription("no such image");

    assertThat(run("explain", "registry.test/app:1")).isEqualTo(1);
    assertThat(err).contains("no such image");
  }

  @Test
  void prewarmSaysUntilWhenLayersAreKept() {
    daemon.prewarm =
        List.of(
            progress(0, false),
            progress(5_000_000, false),
            progress(10_000_000, true).toBuilder().setDone(true).setExpiresNanos(1).build());

    assertThat(run("prewarm", "--until", "profile", "--keep", "2h", "registry.test/app:1"))
        .isZero();

    assertThat(daemon.prewarms.getFirst().getUntil()).isEqualTo(Until.PROFILE);
    assertThat(daemon.prewarms.getFirst().getKeepSeconds()).isEqualTo(7_200);
    assertThat(out).contains("is here until profile", "1970-01-01");
    assertThat(err).contains("aaaaaaaaaaaa");
  }

  private static PrewarmProgress progress(long present, boolean done) {
    return PrewarmProgress.newBuilder()
        .addLayers(
            PrewarmLayer.newBuilder()
                .setDigest(LAYER)
                .setMode(Mode.LAZY)
                .setWantedBytes(10_000_000)
                .setPresentBytes(present)
                .setDone(done))
        .build();
  }

  @Test
  void aPrewarmThatFailsOrBreaksOffIsAnError() {
    daemon.refusal = Status.FAILED_PRECONDITION.withDescription("the image has no SOCI index");
    assertThat(run("prewarm", "--until", "index", "registry.test/app:1")).isEqualTo(1);
    assertThat(err).contains("the image has no SOCI index");

    daemon.refusal = Status.OK;
    assertThat(run("prewarm", "-q", "registry.test/app:1")).isEqualTo(1);
    assertThat(err).contains("nothing is kept");
  }

  @Test
  void dropTellsHowManyLayersItWasAbout() {
    assertThat(run("prewarm", "--drop", "registry.test/app:1")).isEqualTo(1);
    assertThat(err).contains("is not prewarmed");

    daemon.dropped = 3;
    assertThat(run("prewarm", "--drop", "registry.test/app:1")).isZero();
    assertThat(out).contains("3 layers");
    assertThat(run("prewarm", "--drop", "--keep", "1h", "registry.test/app:1")).isEqualTo(2);
  }

  @Test
  void theSocketIsFoundByOptionEnvironmentConfigurationAndDefault() throws IOException {
    DaemonOption option = new DaemonOption();
    Path config = directory.resolve("config.toml");
    assertThat(option.path(Map.of(), config)).hasToString("/run/thaw/thaw.sock");
    Files.writeString(config, "address = \"/run/other.sock\"\n");
    assertThat(option.path(Map.of(), config)).hasToString("/run/other.sock");
    assertThat(option.path(Map.of("THAW_DAEMON", "unix:///run/env.sock"), config))
        .hasToString("/run/env.sock");
  }
}
