package io.thaw.daemon.credential.cri;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.proto.cri.v1.AuthConfig;
import io.thaw.proto.cri.v1.ImageSpec;
import io.thaw.proto.cri.v1.PullImageRequest;
import io.thaw.registry.Credentials;
import io.thaw.registry.Reference;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PullCredentialsTest {

  private static final Repository APP = new Repository("r.io", "team/app");
  private static final String SECRET = "pull-secret-word";

  @TempDir Path dir;

  private static Optional<PullCredential> read(String image, AuthConfig.Builder auth) {
    return PullAuth.read(
        PullImageRequest.newBuilder()
            .setImage(ImageSpec.newBuilder().setImage(image))
            .setAuth(auth)
            .build()
            .toByteArray());
  }

  private static AuthConfig.Builder login(String password) {
    return AuthConfig.newBuilder().setUsername("ada").setPassword(password);
  }

  private static PullCredential credential(String image, String password) {
    return read(image, login(password)).orElseThrow();
  }

  @Test
  void everyFormOfCredentialsIsRead() {
    Credentials basic = new Credentials.Basic("ada", SECRET);
    String pair =
        Base64.getEncoder().encodeToString(("ada:" + SECRET).getBytes(StandardCharsets.UTF_8));
    assertThat(read("r.io/team/app:1", login(SECRET)).orElseThrow().credentials()).isEqualTo(basic);
    assertThat(
            read("r.io/team/app:1", AuthConfig.newBuilder().setAuth(pair))
                .orElseThrow()
                .credentials())
        .isEqualTo(basic);
    assertThat(
            read("r.io/team/app:1", AuthConfig.newBuilder().setIdentityToken(SECRET))
                .orElseThrow()
                .credentials())
        .isEqualTo(new Credentials.IdentityToken(SECRET));
  }

  @Test
  void whatCannotBeReadIsNobodysFault() {
    assertThat(PullAuth.read(new byte[] {1, 2, 3, (byte) 0xff})).isEmpty();
    assertThat(read("UPPER CASE", login(SECRET))).isEmpty();
    assertThat(read("r.io/app", AuthConfig.newBuilder().setAuth("///"))).isEmpty();
    assertThat(read("r.io/app", AuthConfig.newBuilder())).isEmpty();
    assertThat(read("r.io/app", login("x".repeat(1 << 20)))).isEmpty();
    assertThat(PullAuth.read(PullImageRequest.getDefaultInstance().toByteArray())).isEmpty();
  }

  @Test
  void imagesGoByContainerdsNames() {
    String digest = "sha256:" + "a".repeat(64);
    assertThat(credential("alpine", SECRET).image()).isEqualTo("docker.io/library/alpine:latest");
    assertThat(credential("r.io/team/app:1@" + digest, SECRET).image())
        .isEqualTo("r.io/team/app@" + digest);
  }

  @Test
  void aServerAddressSaysWhomTheyAreFor() {
    assertThat(
            read("alpine", login(SECRET).setServerAddress("https://index.docker.io/v1/"))
                .orElseThrow()
                .repository())
        .isEqualTo(Reference.parseRepository("alpine"));
    assertThat(
            read("r.io/team/app", login(SECRET).setServerAddress("mirror.io:5000"))
                .orElseThrow()
                .repository())
        .isEqualTo(new Repository("mirror.io:5000", "team/app"));
  }

  @Test
  void theNewestOfARepositoryGoesFirstAndOlderOnesFollowIfItIsRefused() {
    PullCredentials pulls = PullCredentials.inMemory();
    pulls.add(credential("r.io/team/app:1", "one"));
    pulls.add(credential("r.io/team/app:2", "two"));
    Credentials one = new Credentials.Basic("ada", "one");
    Credentials two = new Credentials.Basic("ada", "two");
    assertThat(pulls.credentialsFor(APP)).contains(two);
    assertThat(pulls.credentialsFor(APP, Set.of(two))).contains(one);
    assertThat(pulls.credentialsFor(APP, Set.of(one, two))).isEmpty();
    assertThat(pulls.credentialsFor(new Repository("r.io", "team/other"))).isEmpty();
    pulls.add(credential("r.io/team/app:1", "three"));
    assertThat(pulls.credentialsFor(APP)).contains(new Credentials.Basic("ada", "three"));
  }

  @Test
  void theOldestGoWhenThereAreTooMany() {
    PullCredentials pulls = PullCredentials.inMemory();
    for (int i = 0; i <= PullCredentials.MAX_IMAGES; i++) {
      pulls.add(credential("r.io/team/app" + i, "p" + i));
    }
    assertThat(pulls.credentialsFor(new Repository("r.io", "team/app0"))).isEmpty();
    assertThat(pulls.credentialsFor(new Repository("r.io", "team/app1"))).isPresent();
  }

  @Test
  void sealedOnesSurviveARestartAndShowNothing() throws IOException {
    Path sealed = dir.resolve("credentials");
    PullCredentials first = PullCredentials.keptIn(CredentialFile.open(sealed));
    first.add(credential("r.io/team/app:1", SECRET));
    first.add(read("r.io/token:1", AuthConfig.newBuilder().setIdentityToken(SECRET)).orElseThrow());
    PullCredentials second = PullCredentials.keptIn(CredentialFile.open(sealed));
    assertThat(second.credentialsFor(APP)).contains(new Credentials.Basic("ada", SECRET));
    assertThat(second.credentialsFor(new Repository("r.io", "token")))
        .contains(new Credentials.IdentityToken(SECRET));
    for (String name : new String[] {"key", "sealed"}) {
      Path file = sealed.resolve(name);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
      assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).doesNotContain(SECRET, "ada");
    }
    assertThat(first.toString() + second + credential("r.io/a", SECRET)).doesNotContain(SECRET);
  }

  @Test
  void aSealedFileThatWasChangedOrIsOfAnotherKeyIsLeftAside() throws IOException {
    Path sealed = dir.resolve("credentials");
    PullCredentials.keptIn(CredentialFile.open(sealed)).add(credential("r.io/team/app:1", SECRET));
    Path file = sealed.resolve("sealed");
    byte[] good = Files.readAllBytes(file);
    for (int at : new int[] {0, 4, 8, good.length / 2, good.length - 1}) {
      byte[] bad = good.clone();
      bad[at] ^= 1;
      Files.write(file, bad);
      assertThat(CredentialFile.open(sealed).load()).as("byte %d", at).isEmpty();
    }
    Files.write(file, good);
    assertThat(CredentialFile.open(sealed).load()).hasSize(1);
    Files.delete(sealed.resolve("key"));
    assertThat(CredentialFile.open(sealed).load()).isEmpty();
    CredentialFile.remove(sealed);
    assertThat(sealed).doesNotExist();
    CredentialFile.remove(sealed);
  }
}
