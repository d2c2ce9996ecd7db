package io.thaw.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.registry.hosts.HostsDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A registry with a private authority that lets in clients with the right certificate only.
class HostTlsTest extends RegistryTest {

  private static final byte[] BLOB = random(100, 4);

  @TempDir Path hosts;
  private TlsRegistry tls;
  private Path directory;
  private Digest blob;

  @BeforeEach
  void serve() throws Exception {
    tls = TlsRegistry.start("registry.example.test", true);
    blob = Digest.sha256(BLOB);
    tls.serve(blob, BLOB);
    directory = Files.createDirectories(hosts.resolve(tls.address()));
    config = config.withHosts(new HostsDirectory(List.of(hosts)));
    write("ca.crt", tls.authorityPem());
    write("me.cert", tls.clientPem());
    write("me.key", tls.clientKeyPem());
  }

  @AfterEach
  void end() throws IOException {
    tls.close();
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(directory.resolve(name), text);
  }

  private byte[] read() throws IOException {
    try (var in = client().blob(new Repository(tls.address(), "team/app"), blob)) {
      return in.readAllBytes();
    }
  }

  @Test
  void certificatesBesideEachOtherAreEnough() throws IOException {
    assertThat(read()).isEqualTo(BLOB);
  }

  @Test
  void hostsTomlNamesTheFiles() throws Exception {
    write("key.pem", tls.clientKeyRsaPem());
    write("both.pem", tls.clientPem() + tls.clientKeyPem());
    write("hosts.toml", "ca = \"ca.crt\"\nclient = [[\"me.cert\", \"key.pem\"]]\n");
    assertThat(read()).as("a key in its older form").isEqualTo(BLOB);
    write("hosts.toml", "ca = [\"ca.crt\"]\nclient = \"both.pem\"\n");
    assertThat(read()).isEqualTo(BLOB);
    write("hosts.toml", "client = \"both.pem\"\nskip_verify = true\n");
    assertThat(read()).isEqualTo(BLOB);
    write(
        "hosts.toml",
        "[host.\"https://%s\"]\nca = \"ca.crt\"\nclient = [\"both.pem\"]\n"
            .formatted(tls.address()));
    assertThat(read()).isEqualTo(BLOB);
  }

  @Test
  void withoutTheAuthorityTheRegistryIsNotTrusted() throws IOException {
    write("hosts.toml", "client = [[\"me.cert\", \"me.key\"]]\n");
    assertThat(failure(this::read).kind()).isEqualTo(RegistryException.Kind.UNTRUSTED);
  }

  @Test
  void aCertificateForAnotherNameIsNotTrusted() throws Exception {
    String named = tls.address().replace("127.0.0.1", "localhost");
    directory = Files.createDirectories(hosts.resolve(named));
    write("ca.crt", tls.authorityPem());
    write("me.cert", tls.clientPem());
    write("me.key", tls.clientKeyPem());
    write(
        "hosts.toml",
        "server = \"https://%s\"\nca = \"ca.crt\"\nclient = [[\"me.cert\", \"me.key\"]]\n"
            .formatted(named));
    RegistryException e =
        failure(() -> client().blob(new Repository(named, "team/app"), blob).close());
    assertThat(e.kind()).as(e.toString()).isEqualTo(RegistryException.Kind.UNTRUSTED);
  }

  @Test
  void withoutAClientCertificateThereIsNoWayIn() throws IOException {
    config = config.withRetry(attempts(1));
    write("hosts.toml", "ca = \"ca.crt\"\n");
    assertThat(failure(this::read).kind()).isEqualTo(RegistryException.Kind.UNREACHABLE);
  }

  @Test
  void aFileThatCannotBeUsedIsNamed() throws IOException {
    config = config.withRetry(attempts(1));
    write("hosts.toml", "ca = \"missing.pem\"\n");
    assertThat(failure(this::read)).hasMessageContaining("missing.pem is not there");
    write("junk.pem", "junk");
    write("hosts.toml", "ca = \"junk.pem\"\n");
    assertThat(failure(this::read)).hasMessageContaining("junk.pem holds no certificate");
    write("hosts.toml", "ca = \"ca.crt\"\nclient = \"me.cert\"\n");
    assertThat(failure(this::read)).hasMessageContaining("me.cert holds no private key");
  }
}
