package io.thaw.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DockerConfigCredentialsTest {

  @TempDir Path directory;
  private Path file;
  private DockerConfigCredentials source;

  @BeforeEach
  void start() {
    file = directory.resolve("config.json");
    source = sourceWithin(Duration.ofSeconds(20));
  }

  private DockerConfigCredentials sourceWithin(Duration timeout) {
    return new DockerConfigCredentials(file, new CredentialHelper(timeout, directory + "/"));
  }

  private void config(String json) throws IOException {
    Files.writeString(file, json);
  }

  private void helper(String name, String script) throws IOException {
    Path program = directory.resolve("docker-credential-" + name);
    Files.writeString(program, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Optional<Credentials> find(String name) throws IOException {
    return source.credentialsFor(Reference.parseRepository(name));
  }

  private static String auth(String pair) {
    return "{\"auth\":\"" + Base64.getEncoder().encodeToString(pair.getBytes(UTF_8)) + "\"}";
  }

  @Test
  void readsEveryKindOfEntry() throws IOException {
    config(
        "{\"auths\":{\"a.io\":"
            + auth("ada:p:w")
            + ",\"https://b.io/v1/\":{\"username\":\"bo\",\"password\":\"pw\"}"
            + ",\"c.io:5000\":{\"identitytoken\":\"idt\",\"auth\":\"eDp5\"}"
            + ",\"https://index.docker.io/v1/\":"
            + auth("hub:pw")
            + ",\"broken.io\":{\"auth\":\"***\"}}}");
    assertThat(find("a.io/x")).contains(new Credentials.Basic("ada", "p:w"));
    assertThat(find("b.io/x")).contains(new Credentials.Basic("bo", "pw"));
    assertThat(find("c.io:5000/x")).contains(new Credentials.IdentityToken("idt"));
    assertThat(find("c.io/x")).isEmpty();
    assertThat(find("alpine")).contains(new Credentials.Basic("hub", "pw"));
    assertThat(find("broken.io/x")).isEmpty();
  }

  @Test
  void readsTheFileAgainWhenItChanges() throws IOException {
    assertThat(find("a.io/x")).isEmpty();
    config("{\"auths\":{\"a.io\":" + auth("ada:one") + "}}");
    assertThat(find("a.io/x")).contains(new Credentials.Basic("ada", "one"));
    config("{\"auths\":{\"a.io\":" + auth("ada:other") + "}}");
    assertThat(find("a.io/x")).contains(new Credentials.Basic("ada", "other"));
    Files.delete(file);
    assertThat(find("a.io/x")).isEmpty();
  }

  @Test
  void aBrokenFileMeansNoCredentials() throws IOException {
    config("{\"auths\":");
    assertThat(find("a.io/x")).isEmpty();
  }

  @Test
  void aHostsHelperGoesBeforeTheCommonOneAndBothBeforeTheFile() throws IOException {
    helper("own", "read s; echo '{\"Username\":\"own\",\"Secret\":\"'$s'\"}'");
    helper("all", "read s; echo '{\"Username\":\"<token>\",\"Secret\":\"'$s'\"}'");
    config(
        "{\"auths\":{\"a.io\":"
            + auth("ada:file")
            + "},\"credHelpers\":{\"a.io\":\"own\"},\"credsStore\":\"all\"}");
    assertThat(find("a.io/x")).contains(new Credentials.Basic("own", "a.io"));
    assertThat(find("b.io/x")).contains(new Credentials.IdentityToken("b.io"));
    assertThat(find("alpine"))
        .contains(new Credentials.IdentityToken("https://index.docker.io/v1/"));
  }

  @Test
  void aHelperThatHasNothingFailsOrIsMissingLeavesTheFile() throws IOException {
    helper("none", "echo 'credentials not found in native keychain'; exit 1");
    helper("bad", "echo oops; exit 3");
    helper("junk", "echo not-json");
    helper("huge", "head -c 200000 /dev/zero");
    for (String name : new String[] {"none", "bad", "junk", "huge", "missing", "../evil"}) {
      config("{\"auths\":{\"a.io\":" + auth("ada:f") + "},\"credsStore\":\"" + name + "\"}");
      assertThat(find("a.io/x")).as(name).contains(new Credentials.Basic("ada", "f"));
      assertThat(find("b.io/x")).as(name).isEmpty();
    }
  }

  @Test
  void aHelperThatHangsIsEnded() throws IOException {
    helper("slow", "sleep 600");
    source = sourceWithin(Duration.ofMillis(300));
    config("{\"credsStore\":\"slow\"}");
    assertThat(find("a.io/x")).isEmpty();
  }

  @Test
  void looksWhereDockerKeepsItsConfig() {
    assertThat(DockerConfigCredentials.standard(Map.of("DOCKER_CONFIG", "/d")))
        .hasToString("DockerConfigCredentials[/d/config.json]");
    assertThat(DockerConfigCredentials.standard(Map.of("HOME", "/h")))
        .hasToString("DockerConfigCredentials[/h/.docker/config.json]");
  }
}
