package io.thaw.registry.hosts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostsDirectoryTest {

  @TempDir Path root;

  private Path write(String directory, String name, String text) throws IOException {
    Path target = Files.createDirectories(root.resolve(directory)).resolve(name);
    // A new file each time: two versions within one tick of the clock differ all the same.
    Path fresh = Files.writeString(root.resolve(directory).resolve(name + "~"), text);
    return Files.move(fresh, target, StandardCopyOption.REPLACE_EXISTING);
  }

  private HostRules rules(String host) {
    return new HostsDirectory(List.of(root)).rulesFor(host).orElseThrow();
  }

  private static HostsFileException wrong(String toml) {
    return catchThrowableOfType(
        HostsFileException.class, () -> HostsFileParser.parse("hosts.toml", Path.of("/d"), toml));
  }

  @Test
  void everyKeyOfContainerdsFormatIsRead() throws IOException {
    write(
        "r.io",
        "hosts.toml",
        """
        server = "https://upstream.io"
        ca = ["/etc/ca.pem", "rel.pem"]
        [host."http://z-first:5000"]
          capabilities = ["pull", "Resolve"]
          dial_timeout = "1m500ms"
        [host."a-second"]
          client = [["c.cert", "c.key"], ["both.pem"]]
          skip_verify = true
          [host."a-second".header]
            X-One = "1"
            X-Two = ["2", "3"]
        [host."https://third/prefix/v2/"]
          client = "one.pem"
          ca = "ca.pem"
        [host."https://fourth/root"]
          override_path = true
        """);
    HostRules rules = rules("r.io");
    assertThat(rules.mirrors())
        .extracting(HostEntry::root)
        .containsExactly(
            URI.create("http://z-first:5000/v2"),
            URI.create("https://a-second/v2"),
            URI.create("https://third/prefix/v2"),
            URI.create("https://fourth/root"));
    HostEntry first = rules.mirrors().get(0);
    assertThat(first.capabilities()).containsExactlyInAnyOrder(Capability.PULL, Capability.RESOLVE);
    assertThat(first.dialTimeout()).isEqualTo(Duration.ofMillis(60_500));
    HostEntry second = rules.mirrors().get(1);
    assertThat(second.capabilities()).containsExactlyInAnyOrder(Capability.values());
    assertThat(second.tls().skipVerify()).isTrue();
    Path directory = root.resolve("r.io");
    assertThat(second.tls().clients())
        .containsExactly(
            new TlsFiles.ClientPair(directory.resolve("c.cert"), directory.resolve("c.key")),
            new TlsFiles.ClientPair(directory.resolve("both.pem"), directory.resolve("both.pem")));
    assertThat(second.headers()).containsEntry("X-One", "1").containsEntry("X-Two", "2, 3");
    assertThat(rules.mirrors().get(2).tls().authorities())
        .containsExactly(directory.resolve("ca.pem"));
    assertThat(rules.upstream().root()).isEqualTo(URI.create("https://upstream.io/v2"));
    assertThat(rules.upstream().tls().authorities())
        .containsExactly(Path.of("/etc/ca.pem"), directory.resolve("rel.pem"));
  }

  @Test
  void theDirectoryWithThePortGoesBeforeTheOneWithTheColonAndTheDefault() throws IOException {
    write("_default", "hosts.toml", "server = \"https://default\"");
    assertThat(rules("r.io:5000").upstream().root()).hasToString("https://default/v2");
    write("r.io:5000", "hosts.toml", "server = \"https://colon\"");
    assertThat(rules("r.io:5000").upstream().root()).hasToString("https://colon/v2");
    write("r.io_5000_", "hosts.toml", "server = \"https://underscore\"");
    assertThat(rules("r.io:5000").upstream().root()).hasToString("https://underscore/v2");
    assertThat(rules("other").upstream().root()).hasToString("https://default/v2");
  }

  @Test
  void severalDirectoriesAreLookedThroughInOrder() throws IOException {
    write("one/a", "hosts.toml", "server = \"https://one\"");
    write("two/b", "hosts.toml", "server = \"https://two\"");
    HostsDirectory both = HostsDirectory.ofPath(root.resolve("one") + ":" + root.resolve("two"));
    assertThat(both.rulesFor("b").orElseThrow().upstream().root()).hasToString("https://two/v2");
    assertThat(both.rulesFor("c")).isEmpty();
    assertThat(HostsDirectory.ofPath("").rulesFor("a")).isEmpty();
  }

  @Test
  void plainCertificatesAreDockersOlderLayout() throws IOException {
    write("r.io", "ca.crt", "");
    write("r.io", "client.cert", "");
    write("r.io", "client.key", "");
    HostRules rules = rules("r.io");
    Path directory = root.resolve("r.io");
    assertThat(rules.mirrors()).isEmpty();
    assertThat(rules.upstream().root()).isNull();
    assertThat(rules.upstream().tls().authorities()).containsExactly(directory.resolve("ca.crt"));
    assertThat(rules.upstream().tls().clients())
        .containsExactly(
            new TlsFiles.ClientPair(
                directory.resolve("client.cert"), directory.resolve("client.key")));
  }

  @Test
  void aBrokenFileLeavesInForceWhatItSaidBefore() throws IOException {
    HostsDirectory hosts = new HostsDirectory(List.of(root));
    write("r.io", "hosts.toml", "server = \"https://good\"");
    assertThat(hosts.rulesFor("r.io").orElseThrow().upstream().root())
        .hasToString("https://good/v2");
    write("r.io", "hosts.toml", "server = ");
    assertThat(hosts.rulesFor("r.io").orElseThrow().upstream().root())
        .hasToString("https://good/v2");
    write("r.io", "hosts.toml", "server = \"https://better\"");
    assertThat(hosts.rulesFor("r.io").orElseThrow().upstream().root())
        .hasToString("https://better/v2");
  }

  @Test
  void aFileThatWasNeverGoodLeavesTheRegistryAsItIs() throws IOException {
    write("r.io", "hosts.toml", "[host.\"https://m\"]\ncapabilities = \"fly\"");
    assertThat(rules("r.io").mirrors()).isEmpty();
    assertThat(rules("r.io").upstream().root()).isNull();
  }

  @Test
  void errorsNameTheLineAndWhatIsExpected() {
    assertThat(wrong("\n\nserver = 5")).hasMessageContaining("hosts.toml:3: server: expected text");
    assertThat(wrong("a = [").line()).isPositive();
    assertThat(wrong("[host.\"ftp://m\"]")).hasMessageContaining("https:// or http://");
    assertThat(wrong("[host.\"https://u:secret@m\"]"))
        .hasMessageContaining("do not belong")
        .hasMessageContaining(":1:");
    assertThat(wrong("[host.\"https://m\"]\nskip_verify = \"yes\""))
        .hasMessageContaining(":2: skip_verify: expected true or false");
    assertThat(wrong("[host.\"https://m\"]\nclient = [[\"a\",\"b\",\"c\"]]"))
        .hasMessageContaining("[\"CERT\", \"KEY\"]");
    assertThat(wrong("dial_timeout = \"soon\"")).hasMessageContaining("\"5s\"");
    assertThat(wrong("[header]\nHost = \"x\"")).hasMessageContaining("remove it");
    assertThat(wrong("[header]\nX = \"a\\nb\"")).hasMessageContaining("printable");
    assertThat(wrong("[header]\nX = \"\u2028\"")).hasMessageContaining("printable");
    assertThat(wrong("[header]\n\"\" = \"a\"")).hasMessageContaining("a header's name");
    assertThat(wrong("host = 1")).hasMessageContaining("expected tables");
  }

  @Test
  void unknownKeysAreWarnedOfAndNothingElse() throws IOException {
    var parsed =
        HostsFileParser.parse(
            "hosts.toml", Path.of("/d"), "surprise = 1\n[host.\"https://m\"]\nmore = true");
    assertThat(parsed.warnings()).hasSize(2).allMatch(w -> w.contains("unknown key"));
    assertThat(parsed.rules().mirrors()).hasSize(1);
  }
}
