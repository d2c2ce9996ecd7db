package io.thaw.cli;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
      assertThat(run.code()).as(run.err()).isZero();
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
  void listsTheFilesOfALayerAsTarDoes() throws Exception {
    for (String line : Files.readAllLines(Cli.GOLDEN.resolve("EXPECTED"))) {
      Path layer = Cli.GOLDEN.resolve(line.split(" ", -1)[0]);
      Path ztoc = dir.resolve("list.ztoc");
      assertThat(Cli.run("ztoc", "create", "-q", layer, ztoc).code()).isZero();
      Path listed = dir.resolve("listed");
      ProcessBuilder tar =
          new ProcessBuilder("tar", "--list", "--verbose", "--file", layer.toString())
              .redirectOutput(listed.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD);
      tar.environment().put("TZ", "UTC");
      tar.environment().put("LC_ALL", "C.UTF-8");
      assertThat(tar.start().waitFor()).as(layer.toString()).isZero();
      assertThat(Cli.run("ztoc", "ls", ztoc).bytes())
          .as(layer.toString())
          .asString(StandardCharsets.UTF_8)
          .isEqualTo(Files.readString(listed));
      Files.delete(listed);
      Files.delete(ztoc);
    }
  }

  @Test
  void showsTheSpansOfFiles() throws IOException {
    assertThat(Cli.run("ztoc", "ls", "--spans", create()).out().lines())
        .allMatch(line -> line.matches(" *\\d+-\\d+ +[-dlhcbp].*"));
  }

  @Test
  void getsEveryFileOfALayer() throws Exception {
    Path layer = Cli.GOLDEN.resolve("pax-6.tar.gz");
    Path ztoc = create();
    Path unpacked = Files.createDirectory(dir.resolve("unpacked"));
    new ProcessBuilder("tar", "-xf", layer.toString(), "-C", unpacked.toString())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
    int compared = 0;
    try (var files = Files.walk(unpacked)) {
      for (Path file : files.filter(f -> Files.isRegularFile(f, NOFOLLOW_LINKS)).toList()) {
        Cli.Run run =
            Cli.run("ztoc", "get-file", "--layer", layer, ztoc, unpacked.relativize(file));
        assertThat(run.code()).as(file + run.err()).isZero();
        assertThat(run.bytes()).as(file.toString()).isEqualTo(Files.readAllBytes(file));
        compared++;
      }
    }
    assertThat(compared).isGreaterThan(10);
  }

  @Test
  void writesAFileThatWasAskedForOnlyWhole() throws IOException {
    Path layer = Cli.GOLDEN.resolve("pax-6.tar.gz");
    Path ztoc = create();
    Path out = dir.resolve("big");
    Cli.Run run = Cli.run("ztoc", "get-file", "--layer", layer, ztoc, "/opt/big.bin", "-o", out);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(out)
        .hasBinaryContent(
            Cli.run("ztoc", "get-file", "--layer", layer, ztoc, "opt/big.bin").bytes());

    byte[] damaged = Files.readAllBytes(layer);
    damaged[damaged.length / 2] ^= 1;
    Path other = Files.write(dir.resolve("damaged.tar.gz"), damaged);
    Path never = dir.resolve("never");
    Cli.Run failed =
        Cli.run("ztoc", "get-file", "--layer", other, ztoc, "/opt/big.bin", "-o", never);
    assertThat(failed.code()).isEqualTo(1);
    assertThat(failed.err()).contains("has digest sha256:");
    assertThat(never).doesNotExist();
  }

  @Test
  void saysWhyAFileCannotBeHad() throws IOException {
    Path layer = Cli.GOLDEN.resolve("pax-6.tar.gz");
    Path ztoc = create();
    assertThat(Cli.run("ztoc", "get-file", "--layer", layer, ztoc, "/no/such").err())
        .isEqualTo("thaw: /no/such: no such file in this layer\n");
    assertThat(Cli.run("ztoc", "get-file", "--layer", layer, ztoc, "/d02").err())
        .contains("is a directory");
    assertThat(Cli.run("ztoc", "get-file", ztoc, "/opt/big.bin").err())
        .contains("give --layer or --image-ref");
    assertThat(Cli.run("ztoc", "get-file", "--layer", ztoc, ztoc, "/opt/big.bin").err())
        .contains("it belongs to another layer");
    assertThat(Cli.run("ztoc", "get-file", "--layer", "a", "--image-ref", "b", ztoc, "c").code())
        .isEqualTo(2);
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
