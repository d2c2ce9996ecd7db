package io.thaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConvertCommandTest {
  private static final List<Object> GOLDEN_ARGS =
      List.of(
          "convert",
          "--standalone",
          "--span-size",
          "262144",
          "--min-layer-size",
          "50000",
          "--prefetch-file",
          "/opt/big.bin",
          "--prefetch-file",
          "/d02/f00002.txt");

  @TempDir Path dir;

  @Test
  void writesTheDirectorySociWrites() throws IOException {
    Path result = dir.resolve("result");
    Cli.Run run = convert("--format", "oci-dir", Cli.GOLDEN.resolve("layout"), result);

    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    assertThat(run.out())
        .contains("3 layers indexed, 1 skipped")
        .contains("skipped: 6250 bytes, less than the minimum of 50000")
        .contains("3 spans to prefetch");
    Path golden = Cli.GOLDEN.resolve("layout-converted");
    try (var files = Files.walk(golden)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(result.resolve(golden.relativize(file))).hasSameBinaryContentAs(file);
      }
    }
    assertThat(count(result)).isEqualTo(count(golden));
  }

  @Test
  void writesAnArchiveUnlessToldOtherwise() throws IOException {
    Path archive = dir.resolve("result.tar");
    Cli.Run run = convert("-q", Cli.GOLDEN.resolve("layout"), archive);
    assertThat(run.code()).isZero();
    assertThat(run.out() + run.err()).isEmpty();
    Path again = dir.resolve("again.tar");
    convert("-q", archive, again);
    assertThat(archive).isRegularFile().hasSameBinaryContentAs(again);
  }

  @Test
  void reportsAsJson() throws IOException {
    Cli.Run run =
        convert(
            "--json",
            "--prefetch-file",
            "/gone",
            Cli.GOLDEN.resolve("layout"),
            dir.resolve("result.tar"));
    JsonNode json = new ObjectMapper().readTree(run.out());
    JsonNode layers = json.get("platforms").get(0).get("layers");
    assertThat(json.get("image").asText()).startsWith("sha256:");
    assertThat(layers.size()).isEqualTo(4);
    assertThat(layers.get(2).get("outcome").asText()).isEqualTo("skipped");
    assertThat(layers.get(3).get("prefetchSpans").asInt()).isEqualTo(3);
    assertThat(json.get("notes").get(0).asText()).contains("/gone");
    assertThat(run.err()).contains("note: prefetch file /gone is in no indexed layer");
  }

  @Test
  void tellsWhatToDoWhenNoLayerIsIndexed() {
    Cli.Run run =
        Cli.run("convert", "--standalone", Cli.GOLDEN.resolve("layout"), dir.resolve("r"));
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("Lower --min-layer-size");
    assertThat(dir).isEmptyDirectory();
  }

  @Test
  void replacesNothingThatIsNoLayout() throws IOException {
    Path precious = Files.createDirectory(dir.resolve("precious"));
    Files.writeString(precious.resolve("thesis"), "x");
    for (String format : List.of("oci-dir", "oci-archive")) {
      Cli.Run run = convert("--format", format, Cli.GOLDEN.resolve("layout"), precious);
      assertThat(run.code()).isEqualTo(1);
      assertThat(run.err()).contains("choose another path or remove it");
    }
    assertThat(precious.resolve("thesis")).exists();
  }

  private static Cli.Run convert(Object... more) {
    List<Object> args = new ArrayList<>(GOLDEN_ARGS);
    args.addAll(List.of(more));
    return Cli.run(args.toArray());
  }

  private static long count(Path root) throws IOException {
    try (var files = Files.walk(root)) {
      return files.filter(Files::isRegularFile).count();
    }
  }
}
