package io.thaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Commands against a registry in this process: no daemon, no root.
class RegistryCommandsTest {
  private static final List<Object> INDEXING =
      List.of("--span-size", "262144", "--min-layer-size", "50000");

  @TempDir Path dir;
  private MemoryRegistry registry;
  private Path root;
  private String image;

  @BeforeEach
  void pushAnImage() throws IOException {
    registry = new MemoryRegistry();
    root = dir.resolve("root");
    image = registry.host() + "/team/app:1";
    Cli.Run run = thaw("push", "--layout", Cli.GOLDEN.resolve("layout"), image);
    assertThat(run.code()).as(run.err()).isZero();
    registry.calls.clear();
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  @Test
  void createsAndPushesAnIndexThatTheRegistryThenLists() throws IOException {
    Cli.Run created = thaw(with("create"), "registry://" + image);
    assertThat(created.code()).as(created.err()).isZero();
    assertThat(registry.calls).noneMatch(call -> call.startsWith("P"));
    String index = thaw("index", "ls", "-q", "--ref", "registry://" + image).out().strip();

    Cli.Run pushed = thaw("push", "registry://" + image);
    assertThat(pushed.code()).as(pushed.err()).isZero();
    assertThat(pushed.out()).contains(index + ": 4 blobs sent");
    String manifest = index(json(thaw("index", "ls", "--json")), "manifest");
    String tag = "team/app:" + manifest.replace(':', '-');
    assertThat(registry.manifests).containsKey("team/app:" + index).containsKey(tag);
    assertThat(new String(registry.manifests.get(tag).bytes(), StandardCharsets.UTF_8))
        .contains(index);
  }

  @Test
  void tellsSocisScriptsWhatIsPushed() {
    thaw(with("create"), "registry://" + image);
    Cli.Run run =
        Cli.runAs("soci", "--root", root, "push", "--all-platforms", "registry://" + image);
    String index = thaw("index", "ls", "-q").out().strip();
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("checking if a soci index already exists in remote repository...")
        .contains("pushing artifact with digest: sha256:")
        .contains("successfully pushed artifact with digest: sha256:")
        .contains("pushing soci index with digest: " + index);
    assertThat(
            Cli.runAs(
                    "soci", "--root", root, "push", "--all-platforms", "-q", "registry://" + image)
                .out())
        .isEqualTo(index + "\n");
  }

  @Test
  void treatsIndexesThatAreThereAsAskedFor() throws IOException {
    thaw(with("create"), "registry://" + image);
    thaw("push", "registry://" + image);
    Path other = dir.resolve("other");
    Cli.run(
        "--root",
        other,
        "create",
        "--span-size",
        "100000",
        "--min-layer-size",
        1,
        "registry://" + image);
    int before = registry.manifests.size();

    Cli.Run skipped =
        Cli.run("--root", other, "push", "--existing-index", "skip", "registry://" + image);
    assertThat(skipped.code()).isZero();
    assertThat(skipped.err())
        .contains("soci index found in remote repository")
        .contains("skipping");
    assertThat(registry.manifests).hasSize(before);

    Cli.Run warned = Cli.run("--root", other, "push", "registry://" + image);
    assertThat(warned.err()).contains("pushed the index anyway");
    assertThat(registry.manifests).hasSizeGreaterThan(before);
    Cli.Run allowed =
        Cli.run("--root", other, "push", "--existing-index", "allow", "registry://" + image);
    assertThat(allowed.err()).doesNotContain("found in remote");
    assertThat(Cli.run("push", "--existing-index", "maybe", image).code()).isEqualTo(2);
  }

  @Test
  void saysThatAnIndexMustBeMadeBeforeItIsPushed() {
    Cli.Run run = thaw("push", "registry://" + image);
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("make one with \"thaw create\"");
  }

  @Test
  void convertsWithinARegistryWithoutSendingALayer() throws IOException {
    String result = registry.host() + "/team/app:1-soci";
    Cli.Run run = thaw(with("convert"), "registry://" + image, "registry://" + result);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(registry.manifests).containsKey("team/app:1-soci");
    // The layers are there: what is uploaded are zTOCs and the index's configuration.
    assertThat(
            registry.calls.stream()
                .filter(call -> call.startsWith("PUT") && call.contains("/blobs/")))
        .hasSize(4);

    Path golden = dir.resolve("golden.tar");
    assertThat(thaw(with("convert"), "--standalone", Cli.GOLDEN.resolve("layout"), golden).code())
        .isZero();
    String again = registry.host() + "/other/app:1";
    assertThat(thaw("push", "--layout", golden, again).code()).isZero();
    assertThat(registry.manifests.get("other/app:1").bytes())
        .isEqualTo(registry.manifests.get("team/app:1-soci").bytes());
  }

  @Test
  void convertsFromARegistryToALayoutAndBack() throws IOException {
    Path layout = dir.resolve("layout");
    Cli.Run down =
        thaw(with("convert"), "--standalone", "--format", "oci-dir", "registry://" + image, layout);
    assertThat(down.code()).as(down.err()).isZero();
    assertThat(layout.resolve("oci-layout")).exists();
    String result = registry.host() + "/team/back:1";
    Cli.Run up = thaw(with("convert"), "--standalone", layout, "registry://" + result);
    assertThat(up.code()).as(up.err()).isZero();
    assertThat(registry.manifests).containsKey("team/back:1");
  }

  @Test
  void remembersZtocsBetweenRunsIfGivenARoot() throws IOException {
    String result = "registry://" + registry.host() + "/team/app:1-soci";
    thaw(with("convert"), "registry://" + image, result);
    assertThat(thaw("index", "ls").out()).contains("v2").contains("/team/app:1-soci");
    registry.calls.clear();
    JsonNode again =
        json(thaw(with("convert"), "--json", "registry://" + image, result + "-again"));
    assertThat(again.get("platforms").get(0).get("layers").get(0).get("outcome").asText())
        .isEqualTo("reused");
  }

  @Test
  void getsAFileByFetchingOnlyItsSpans() throws IOException {
    thaw(with("create"), "registry://" + image);
    String ztoc = "";
    for (String digest : thaw("ztoc", "ls", "-q").out().lines().toList()) {
      if (thaw("ztoc", "ls", digest).out().contains(" opt/big.bin")) {
        ztoc = digest;
      }
    }
    registry.calls.clear();
    Cli.Run run =
        thaw("ztoc", "get-file", "--image-ref", "registry://" + image, ztoc, "/opt/big.bin");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.bytes()).isNotEmpty();
    assertThat(registry.calls.stream().filter(call -> call.contains("/blobs/"))).hasSize(1);
  }

  @Test
  void logsInWithoutShowingTheLogin() {
    registry.requireLogin = true;
    Cli.Run refused = thaw(with("create"), "registry://" + image);
    assertThat(refused.code()).isEqualTo(1);
    Cli.Run run = thaw(with("create"), "--user", "bob:se:cret", "--debug", "registry://" + image);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(registry.logins).containsExactly("bob:se:cret");
    assertThat(run.out() + run.err()).doesNotContain("se:cret");
  }

  @Test
  void refusesATargetWithADigest() {
    Cli.Run run =
        thaw(
            with("convert"),
            "registry://" + image,
            "registry://" + registry.host() + "/a@sha256:" + "0".repeat(64));
    assertThat(run.code()).isEqualTo(2);
    assertThat(thaw("convert", "registry://Bad/Name:1", "registry://x/y:1").code()).isEqualTo(2);
  }

  @Test
  void givesUpWhenTheTimeIsOver() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Cli.Run run =
          thaw(
              "--timeout",
              "200ms",
              "create",
              "registry://127.0.0.1:" + silent.getLocalPort() + "/app:1");
      assertThat(run.code()).isEqualTo(1);
      assertThat(run.err()).contains("thaw: timed out after 0.2 s");
    }
  }

  private static List<Object> with(String command) {
    List<Object> args = new ArrayList<>(List.of(command));
    args.addAll(INDEXING);
    return args;
  }

  private Cli.Run thaw(Object... args) {
    List<Object> all = new ArrayList<>(List.of("--root", root));
    for (Object arg : args) {
      if (arg instanceof List<?> several) {
        all.addAll(several);
      } else {
        all.add(arg);
      }
    }
    return Cli.run(all.toArray());
  }

  private static JsonNode json(Cli.Run run) throws IOException {
    assertThat(run.code()).as(run.err()).isZero();
    return new ObjectMapper().readTree(run.out());
  }

  private static String index(JsonNode list, String field) {
    return list.get(0).get(field).asText();
  }
}
