package io.thaw.registry.hosts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostAuthoritiesTest {
  private static final Map<String, String> NOTHING_NAMED = Map.of();

  @TempDir private Path dir;
  private Path bundle;

  @BeforeEach
  void makeAnAuthority() throws Exception {
    bundle = authority("corporate");
  }

  @Test
  void theFirstFileOfTheHostCounts() throws Exception {
    Path other = authority("other");

    assertThat(names(HostAuthorities.certificates(NOTHING_NAMED, List.of(bundle, other), null)))
        .containsExactly("CN=corporate");
    assertThat(
            names(
                HostAuthorities.certificates(
                    NOTHING_NAMED, List.of(dir.resolve("absent"), other), null)))
        .containsExactly("CN=other");
  }

  @Test
  void theFileThatTheEnvironmentNamesCountsInstead() throws Exception {
    Path named = authority("named");

    List<X509Certificate> found =
        HostAuthorities.certificates(
            Map.of("SSL_CERT_FILE", named.toString()), List.of(bundle), null);

    assertThat(names(found)).containsExactly("CN=named");
  }

  @Test
  void oneDamagedCertificateDoesNotTakeTheOthersAway() throws IOException {
    Files.writeString(
        bundle,
        """
        # A comment, as distributions write them.
        -----BEGIN CERTIFICATE-----
        bm90IGEgY2VydGlmaWNhdGU=
        -----END CERTIFICATE-----
        """
            + Files.readString(bundle));

    assertThat(names(HostAuthorities.certificates(NOTHING_NAMED, List.of(bundle), null)))
        .containsExactly("CN=corporate");
  }

  @Test
  void withoutAFileOrWithAnotherStoreTheRuntimesOwnCount() {
    List<X509Certificate> runtimes =
        HostAuthorities.certificates(NOTHING_NAMED, List.of(), "/somewhere/store.p12");

    assertThat(names(runtimes)).doesNotContain("CN=corporate");
    assertThat(HostAuthorities.certificates(NOTHING_NAMED, List.of(dir.resolve("absent")), null))
        .isEqualTo(runtimes);
    assertThat(HostAuthorities.certificates(NOTHING_NAMED, List.of(bundle), "/store.p12"))
        .isEqualTo(runtimes);
  }

  private static List<String> names(List<X509Certificate> certificates) {
    return certificates.stream().map(c -> c.getSubjectX500Principal().getName()).toList();
  }

  private Path authority(String name) throws Exception {
    Path store = dir.resolve(name + ".p12");
    keytool("-genkeypair", "-alias", "a", "-keyalg", "EC", "-dname", "CN=" + name, store);
    Path pem = dir.resolve(name + ".pem");
    keytool("-exportcert", "-rfc", "-alias", "a", "-file", pem.toString(), store);
    return pem;
  }

  private static void keytool(Object... words) throws Exception {
    List<String> command = new java.util.ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    for (int i = 0; i < words.length - 1; i++) {
      command.add(words[i].toString());
    }
    command.addAll(
        List.of(
            "-keystore",
            words[words.length - 1].toString(),
            "-storepass",
            "changeit",
            "-storetype",
            "PKCS12"));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor()).isZero();
  }
}
