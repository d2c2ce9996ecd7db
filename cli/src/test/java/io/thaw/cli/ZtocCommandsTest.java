package io.thaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ZtocCommandsTest {
  @TempDir Path dir;

  @Test
  void makesTheZtocsSociMakes() throws IOException {
    Path out = dir.resolve("out.ztoc");
    for (String line : Files.readAllLines(Cli.GOLDEN.resolve("EXPECTED"))) {
      String[] expected = line.split(" ", -1);
      Cli.Run run =
          Cli.run(
              "ztoc", "create", "--span-size", expected[1], Cli.GOLDEN.resolve(expected[0]), out);
      assertThat(run.err()).isEmpty();
      assertThat(run.code()).isZero();
      assertThat(run.out()).startsWith(expected[2]).contains(expected[4] + " spans");
      assertThat(Digest.sha256(Files.readAllBytes(out))).hasToString(expected[2]);
    }
    try (var files = Files.list(dir)) {
      assertThat(files).containsExactly(out);
    }
  }

  @Test
  void showsAZtoc() throws IOException {
    Path ztoc = create();
    String text = Cli.run("ztoc", "info", ztoc).out();
    assertThat(text).contains("AWS SOCI CLI v0.2").contains("0.9").contains("gzip");

    JsonNode json = new ObjectMapper().readTree(Cli.run("ztoc", "info", "--json", ztoc).out());
    assertThat(json.get("num_spans").asInt()).isEqualTo(6);
    assertThat(json.get("span_size").asInt()).isEqualTo(262_144);
    assertThat(json.get("size").asLong()).isEqualTo(Files.size(ztoc));
    assertThat(json.get("files").size()).isEqualTo(json.get("num_files").asInt());
    assertThat(json.get("num_multi_span_files").asInt()).isPositive();
  }

  @Test
  void listsTheFilesOfALayer() throws IOException {
    String list = Cli.run("ztoc", "ls", create()).out();
    assertThat(list).contains("d02/f00002.txt").contains("opt/big.bin").contains("symlink");
  }

  @Test
  void neverLetsANameControlTheTerminal() {
    assertThat(ZtocListCommand.printable(new byte[] {'a', 0x1b, '[', 'H', '\n', 'b'}))
        .isEqualTo("a\\x1b[H\\x0ab");
  }

  @Test
  void failsInOneLineAndLeavesNothingBehind() throws IOException {
    Path text = Files.writeString(dir.resolve("layer"), "no tar ".repeat(1000));
    Path out = dir.resolve("out");
    for (Object[] args :
        new Object[][] {
          {"ztoc", "create", text, out},
          {"ztoc", "create", dir, out},
          {"ztoc", "create", dir.resolve("gone"), out},
          {"ztoc", "create", text, dir},
          {"ztoc", "create", text, dir.resolve("no/such/dir")},
          {"ztoc", "info", text},
          {"ztoc", "ls", dir},
        }) {
      Cli.Run run = Cli.run(args);
      assertThat(run.code()).isEqualTo(1);
      assertThat(run.out()).isEmpty();
      assertThat(run.err().lines()).singleElement().asString().startsWith("thaw: ");
    }
    try (var files = Files.list(dir)) {
      assertThat(files).containsExactly(text);
    }
  }

  private Path create() {
    Path ztoc = dir.resolve("pax.ztoc");
    Cli.run(
        "ztoc", "create", "-q", "--span-size", "256KiB", Cli.GOLDEN.resolve("pax-6.tar.gz"), ztoc);
    return ztoc;
  }
}
