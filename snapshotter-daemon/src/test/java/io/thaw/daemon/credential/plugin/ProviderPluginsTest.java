package io.thaw.daemon.credential.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.registry.Credentials;
import io.thaw.registry.Reference;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Plugins as real programs: shell scripts that count how often they ran.
class ProviderPluginsTest {

  private static final Repository APP = new Repository("1.dkr.ecr.eu.amazonaws.com", "team/app");
  private static final Repository OTHER = new Repository("1.dkr.ecr.eu.amazonaws.com", "other");
  private static final Duration PATIENT = Duration.ofMinutes(2);

  @TempDir Path dir;
  private volatile Instant now = Instant.parse("2026-03-01T12:00:00Z");

  @BeforeEach
  void config() throws IOException {
    Files.writeString(
        dir.resolve("config.yaml"),
        """
        apiVersion: kubelet.config.k8s.io/v1
        kind: CredentialProviderConfig
        providers:
          - name: ecr
            matchImages:
              - "*.dkr.ecr.*.amazonaws.com"
              - "registry.io/only"
            defaultCacheDuration: "12h"
            apiVersion: credentialprovider.kubelet.k8s.io/v1
            args: [get-credentials]
            env:
              - name: PROFILE
                value: blue
        """);
  }

  private void plugin(String answer) throws IOException {
    plugin(
        "ecr", "cat > %s/request\necho \"$1 $PROFILE\" >> %s/runs\n".formatted(dir, dir), answer);
  }

  private void plugin(String name, String script, String answer) throws IOException {
    Files.writeString(dir.resolve("answer"), answer);
    Path program = dir.resolve(name);
    Files.writeString(program, "#!/bin/sh\n" + script + "cat " + dir + "/answer\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
  }

  private static String answer(String key, String duration, String password) {
    return """
    {"apiVersion":"credentialprovider.kubelet.k8s.io/v1","kind":"CredentialProviderResponse",
     "cacheKeyType":"%s",%s"auth":{
       "*.dkr.ecr.*.amazonaws.com":{"username":"AWS","password":"%s"},
       "*.dkr.ecr.*.amazonaws.com/team":{"username":"AWS","password":"%s-team"}}}
    """
        .formatted(
            key,
            duration.isEmpty() ? "" : "\"cacheDuration\":\"" + duration + "\",",
            password,
            password);
  }

  private ProviderPlugins open() throws IOException {
    return ProviderPlugins.open(dir.resolve("config.yaml"), dir, () -> now, PATIENT);
  }

  private int runs() throws IOException {
    Path runs = dir.resolve("runs");
    return Files.exists(runs) ? Files.readAllLines(runs).size() : 0;
  }

  private static Optional<Credentials> aws(String password) {
    return Optional.of(new Credentials.Basic("AWS", password));
  }

  @Test
  void thePluginIsAskedAsTheKubeletAsksItAndItsAnswerIsKept() throws IOException {
    plugin(answer("Registry", "1h", "one"));
    ProviderPlugins plugins = open();
    assertThat(plugins.credentialsFor(APP)).as("the more exact one").isEqualTo(aws("one-team"));
    assertThat(plugins.credentialsFor(OTHER)).isEqualTo(aws("one"));
    assertThat(Files.readAllLines(dir.resolve("runs"))).containsExactly("get-credentials blue");
    assertThat(Files.readString(dir.resolve("request")))
        .contains("\"kind\":\"CredentialProviderRequest\"")
        .contains("\"apiVersion\":\"credentialprovider.kubelet.k8s.io/v1\"")
        .contains("\"image\":\"" + APP + "\"");
    now = now.plus(Duration.ofHours(1));
    plugins.credentialsFor(APP);
    assertThat(runs()).as("expired").isEqualTo(2);
  }

  @Test
  void anAnswerIsGoodForWhatItSaysAndNoLongerThanItSays() throws IOException {
    plugin(answer("Image", "", "one"));
    ProviderPlugins plugins = open();
    plugins.credentialsFor(APP);
    plugins.credentialsFor(OTHER);
    assertThat(runs()).isEqualTo(2);
    now = now.plus(Duration.ofHours(11));
    plugins.credentialsFor(APP);
    assertThat(runs()).as("the default is twelve hours").isEqualTo(2);
    plugin(answer("Global", "0s", "two"));
    now = now.plus(Duration.ofHours(2));
    plugins.credentialsFor(APP);
    plugins.credentialsFor(APP);
    assertThat(runs()).as("not to be kept").isEqualTo(4);
  }

  @Test
  void refusedCredentialsAreDroppedAndThePluginAskedAgain() throws IOException {
    plugin(answer("Registry", "12h", "old"));
    ProviderPlugins plugins = open();
    Credentials old = plugins.credentialsFor(OTHER).orElseThrow();
    plugin(answer("Registry", "12h", "new"));
    assertThat(plugins.credentialsFor(OTHER)).contains(old);
    assertThat(plugins.credentialsFor(OTHER, Set.of(old))).isEqualTo(aws("new"));
    assertThat(plugins.credentialsFor(OTHER)).isEqualTo(aws("new"));
    assertThat(runs()).isEqualTo(2);
  }

  @Test
  void manyThatAskAtOnceAreOneRun() throws Exception {
    plugin(answer("Registry", "12h", "one"));
    ProviderPlugins plugins = open();
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Optional<Credentials>>> asks = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        asks.add(() -> plugins.credentialsFor(OTHER));
      }
      for (Future<Optional<Credentials>> ask : executor.invokeAll(asks)) {
        assertThat(ask.get()).isEqualTo(aws("one"));
      }
    }
    assertThat(runs()).isEqualTo(1);
  }

  @Test
  void imagesNobodyIsForAreNotAskedAbout() throws IOException {
    plugin(answer("Registry", "12h", "one"));
    assertThat(open().credentialsFor(new Repository("docker.io", "library/alpine"))).isEmpty();
    assertThat(runs()).isZero();
  }

  @Test
  void aPluginThatFailsIsLeftAloneForAWhileAndBreaksNothing() throws IOException {
    plugin("ecr", "echo x >> " + dir + "/runs\nexit 3\n", "");
    ProviderPlugins plugins = open();
    assertThat(plugins.credentialsFor(APP)).isEmpty();
    assertThat(plugins.credentialsFor(APP)).isEmpty();
    assertThat(runs()).isEqualTo(1);
    now = now.plusSeconds(10);
    plugin("ecr", "echo x >> " + dir + "/runs\n", "{\"kind\":\"Something\"}");
    assertThat(plugins.credentialsFor(APP)).isEmpty();
    assertThat(runs()).isEqualTo(2);
    now = now.plusSeconds(10);
    plugin(answer("Registry", "12h", "one"));
    assertThat(plugins.credentialsFor(OTHER)).isEqualTo(aws("one"));
  }

  @Test
  void aPluginThatHangsOrTalksWithoutEndIsEnded() throws IOException {
    plugin("ecr", "exec sleep 600\n", "");
    ProviderPlugins hasty =
        ProviderPlugins.open(dir.resolve("config.yaml"), dir, () -> now, Duration.ofMillis(200));
    assertThat(hasty.credentialsFor(APP)).isEmpty();
    plugin("ecr", "exec yes\n", "");
    assertThat(open().credentialsFor(APP)).isEmpty();
  }

  @Test
  void whatIsWrongWithTheFileIsSaidWithTheFilesName() throws IOException {
    assertThatThrownBy(this::open).hasMessageContaining("ecr is not a program");
    Path file = dir.resolve("config.yaml");
    String good = Files.readString(file);
    Files.writeString(file, "a: [\nb");
    assertThatThrownBy(this::open)
        .hasMessageContaining("config.yaml:")
        .hasMessageContaining("YAML");
    Files.writeString(file, "kind: Pod");
    assertThatThrownBy(this::open).hasMessageContaining("CredentialProviderConfig");
    Files.writeString(file, good.replace("\"12h\"", "soon"));
    assertThatThrownBy(this::open).hasMessageContaining("provider 1: ecr: defaultCacheDuration");
    Files.writeString(file, good.replace("name: ecr", "name: ../ecr"));
    assertThatThrownBy(this::open).hasMessageContaining("name of a program");
    Files.writeString(
        file, good.replace("kubelet.k8s.io/v1\n    args", "kubelet.k8s.io/v7\n    args"));
    assertThatThrownBy(this::open).hasMessageContaining("apiVersion");
    Files.writeString(
        file,
        "{\"kind\":\"CredentialProviderConfig\",\"providers\":[{\"name\":\"ecr\",\"matchImages\":"
            + "[\"a.io\"],\"defaultCacheDuration\":\"0\",\"apiVersion\":"
            + "\"credentialprovider.kubelet.k8s.io/v1beta1\"}]}");
    plugin("");
    assertThat(open().credentialsFor(APP)).as("JSON will do").isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "*.dkr.ecr.*.amazonaws.com, 123.dkr.ecr.us-east-1.amazonaws.com/x, true",
    "*.dkr.ecr.*.amazonaws.com, dkr.ecr.us-east-1.amazonaws.com/x, false",
    "*.io, a.io/x, true",
    "*.io, a.b.io/x, false",
    "*.*.io, a.b.io/x, true",
    "app*.io, apple.io/x, true",
    "a.io/team, a.io/team/app, true",
    "a.io/team, a.io/other, false",
    "a.io:5000, a.io:5000/x, true",
    "a.io, a.io:5000/x, false",
    "a.io:5000, a.io/x, false",
    "https://a.io, a.io/x, true",
    "docker.io, alpine, true",
    "https://index.docker.io/v1/, alpine, true",
  })
  void patternsMatchAsTheKubeletsDo(String pattern, String image, boolean matches) {
    assertThat(ImagePattern.of(pattern).matches(Reference.parseRepository(image)))
        .isEqualTo(matches);
  }
}
