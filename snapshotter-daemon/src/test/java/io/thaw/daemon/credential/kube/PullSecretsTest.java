package io.thaw.daemon.credential.kube;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.registry.Credentials;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PullSecretsTest {

  private static final Repository APP = new Repository("r.io", "team/app");
  private static final String TYPE = "kubernetes.io/dockerconfigjson";

  @TempDir Path dir;
  private FakeApiServer server;

  @BeforeEach
  void start() throws IOException {
    server = new FakeApiServer();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private PullSecrets watch() throws IOException {
    Path kubeconfig =
        Files.writeString(
            dir.resolve("kubeconfig"),
            """
            apiVersion: v1
            kind: Config
            clusters: [{name: c, cluster: {server: "%s"}}]
            users: [{name: u, user: {token: api-secret-token}}]
            contexts: [{name: x, context: {cluster: c, user: u}}]
            current-context: x
            """
                .formatted(server.url()));
    return PullSecrets.watch(kubeconfig.toString());
  }

  private static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waiting until " + what).isLessThan(deadline);
      Thread.sleep(20);
    }
  }

  private static String config(String key, String password) {
    String auth = Base64.getEncoder().encodeToString(("ada:" + password).getBytes(UTF_8));
    return "{\"auths\":{\"" + key + "\":{\"auth\":\"" + auth + "\"}}}";
  }

  private static Credentials ada(String password) {
    return new Credentials.Basic("ada", password);
  }

  @Test
  void secretsOfAllNamespacesAreListedAndWatched() throws Exception {
    server.put("blue", "pull", TYPE, config("r.io", "one"));
    server.put("green", "other", TYPE, config("https://index.docker.io/v1/", "hub"));
    try (PullSecrets secrets = watch()) {
      await("the list has come", () -> secrets.size() == 2);
      assertThat(secrets.credentialsFor(APP)).contains(ada("one"));
      assertThat(secrets.credentialsFor(new Repository("docker.io", "library/alpine")))
          .contains(ada("hub"));
      assertThat(secrets.credentialsFor(new Repository("x.io", "a"))).isEmpty();

      server.put("blue", "pull", TYPE, config("r.io", "rotated"));
      await("it is rotated", () -> secrets.credentialsFor(APP).equals(Optional.of(ada("rotated"))));
      server.put("green", "exact", TYPE, config("r.io/team", "exact"));
      await("a new one has come", () -> secrets.size() == 3);
      assertThat(secrets.credentialsFor(APP)).as("the more exact one").contains(ada("exact"));
      assertThat(secrets.credentialsFor(APP, Set.of(ada("exact")))).contains(ada("rotated"));
      server.delete("green", "exact");
      server.delete("blue", "pull");
      await("they are gone", () -> secrets.credentialsFor(APP).isEmpty());
    }
    assertThat(server.queries())
        .anyMatch(query -> query.contains("watch=true"))
        .allMatch(query -> query.contains("fieldSelector=type"))
        .allMatch(query -> query.contains("dockerconfigjson"));
    assertThat(server.authorizations()).containsOnly("Bearer api-secret-token");
  }

  @Test
  void whatCannotBeUsedIsLeftOut() throws Exception {
    server.put("blue", "junk", TYPE, "no json");
    server.put("blue", "type", "Opaque", config("r.io", "opaque"));
    server.put("blue", "good", TYPE, config("r.io", "good"));
    try (PullSecrets secrets = watch()) {
      await("the list has come", () -> secrets.size() == 1);
      assertThat(secrets.credentialsFor(APP)).contains(ada("good"));
    }
  }

  @Test
  void anApiServerThatIsAwayIsWaitedForAndItsReturnNoticed() throws Exception {
    server.put("blue", "pull", TYPE, config("r.io", "one"));
    server.refuse(503);
    try (PullSecrets secrets = watch()) {
      await("it was asked", () -> !server.queries().isEmpty());
      assertThat(secrets.credentialsFor(APP)).isEmpty();
      server.refuse(0);
      await("it is back", () -> secrets.credentialsFor(APP).isPresent());
      server.endWatches();
      server.put("blue", "pull", TYPE, config("r.io", "two"));
      await(
          "a lost watch goes on",
          () -> secrets.credentialsFor(APP).equals(Optional.of(ada("two"))));
    }
  }

  @Test
  void aKubeconfigThatIsNotThereIsAnErrorWithItsName() {
    assertThatThrownBy(() -> PullSecrets.watch(dir.resolve("none").toString()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("none")
        .hasMessageContaining("kubeconfig_keychain");
  }
}
