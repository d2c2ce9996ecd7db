package io.thaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `create` from a layout, and the commands that look at what it made.
class StoreCommandsTest {
  private static final Path LAYOUT = Cli.GOLDEN.resolve("layout");

  @TempDir Path dir;
  private Path root;

  @BeforeEach
  void chooseRoot() {
    root = dir.resolve("root");
  }

  @Test
  void createsAnIndexAndListsIt() throws IOException {
    Cli.Run created = create();
    assertThat(created.code()).as(created.err()).isZero();
    assertThat(created.out()).contains("3 layers indexed, 1 skipped; stored for " + LAYOUT);

    Cli.Run list = thaw("index", "ls");
    assertThat(list.err()).isEmpty();
    String[] lines = list.out().split("\n", -1);
    assertThat(lines[0].split(" {2,}", -1))
        .containsExactly(
            "DIGEST", "SIZE", "IMAGE REF", "PLATFORM", "MEDIA TYPE", "MANIFEST VERSION", "CREATED");
    String[] cells = lines[1].split(" {2,}", -1);
    assertThat(cells[0]).startsWith("sha256:").hasSize(71);
    assertThat(cells[2]).isEqualTo(LAYOUT.toString());
    assertThat(cells[4]).isEqualTo("application/vnd.oci.image.manifest.v1+json");
    assertThat(cells[5]).isEqualTo("v1");
    assertThat(cells[6]).matches("\\d+s ago");
    assertThat(thaw("index", "list", "-q").out()).isEqualTo(cells[0] + "\n");
    assertThat(thaw("index", "ls", "-q", "--ref", LAYOUT).out()).isEqualTo(cells[0] + "\n");
    assertThat(thaw("index", "ls", "-q", "--ref", "another").out()).isEmpty();
    assertThat(thaw("index", "ls", "-q", "--platform", "plan9/mips").out()).isEmpty();
    JsonNode json = json(thaw("index", "ls", "--json"));
    assertThat(json.get(0).get("digest").asText()).isEqualTo(cells[0]);
    assertThat(json.get(0).get("ztocs").size()).isEqualTo(3);
  }

  @Test
  void showsAnIndexWithTheBytesItsDigestIsOf() throws IOException {
    create();
    String digest = onlyIndex();
    Cli.Run info = thaw("index", "info", "--json", digest);
    assertThat(Digest.sha256(info.bytes())).hasToString(digest);
    Cli.Run pretty = thaw("index", "info", digest);
    assertThat(json(pretty)).isEqualTo(json(info));
    assertThat(pretty.out()).startsWith("{\n  \"schemaVersion\": 2,\n");
    Cli.Run ztoc = thaw("index", "info", onlyZtoc(0));
    assertThat(ztoc.code()).isEqualTo(1);
    assertThat(ztoc.err()).contains("is a zTOC, not an index; use \"thaw ztoc info\"");
  }

  @Test
  void listsAndShowsZtocs() throws IOException {
    create();
    String[] lines = thaw("ztoc", "ls").out().split("\n", -1);
    assertThat(lines[0].split(" {2,}", -1)).containsExactly("DIGEST", "SIZE", "LAYER DIGEST");
    assertThat(lines).hasSize(5);
    String digest = onlyZtoc(0);
    assertThat(thaw("ztoc", "ls", "-q", "--ztoc-digest", digest).out()).isEqualTo(digest + "\n");
    assertThat(thaw("ztoc", "ls", "-q", "--image-ref", LAYOUT).out().lines()).hasSize(3);
    assertThat(thaw("ztoc", "ls", "-q", "--image-ref", "another").out()).isEmpty();
    JsonNode info = json(thaw("ztoc", "info", "--json", digest));
    assertThat(info.get("span_size").asInt()).isEqualTo(262_144);
    assertThat(info.get("files").size()).isEqualTo(info.get("num_files").asInt());
    assertThat(thaw("ztoc", "ls", digest).out().lines()).hasSize(info.get("num_files").asInt());
    Cli.Run index = thaw("ztoc", "info", onlyIndex());
    assertThat(index.err()).contains("is a SOCI index, not a zTOC; use \"thaw index info\"");
  }

  @Test
  void showsPrefetchArtifacts() throws IOException {
    create("--prefetch-file", "/opt/big.bin", "--prefetch-file", "/gone");
    String[] lines = thaw("prefetch", "ls").out().split("\n", -1);
    assertThat(lines[0].split(" {2,}", -1))
        .containsExactly("DIGEST", "LAYER DIGEST", "SPANS", "CREATED");
    String digest = lines[1].split(" ", -1)[0];
    JsonNode list = json(thaw("prefetch", "ls", "--json"));
    int spans = list.get(0).get("TotalSpans").asInt();
    assertThat(spans).isPositive();
    assertThat(thaw("prefetch", "info", digest).out())
        .contains("Digest:        " + digest)
        .contains("Total spans to prefetch: " + spans);
    assertThat(json(thaw("prefetch", "info", "--json", digest)).get("version").asText())
        .isEqualTo("1.0");
    assertThat(thaw("prefetch", "info", onlyIndex()).err()).contains("is no prefetch artifact");
  }

  @Test
  void readsFilesToPrefetchFromJson() throws IOException {
    Path files = Files.writeString(dir.resolve("files.json"), "[\"/opt/big.bin\", \"/gone\"]");
    Cli.Run run = create("--prefetch-files-json", files);
    assertThat(run.err()).contains("note: prefetch file /gone is in no indexed layer");
    assertThat(thaw("prefetch", "ls", "-q").out().lines()).hasSize(1);
    Files.writeString(files, "{\"a\": 1}");
    assertThat(create("--prefetch-files-json", files).code()).isEqualTo(1);
  }

  @Test
  void removesIndexesByDigestAndByName() throws IOException {
    create();
    String digest = onlyIndex();
    Cli.Run removed = thaw("index", "rm", digest);
    assertThat(removed.out()).startsWith("removed " + digest + "\n").contains("nothing needs now");
    assertThat(thaw("ztoc", "ls", "-q").out()).isEmpty();
    create();
    JsonNode json = json(thaw("index", "remove", "--json", "--ref", LAYOUT));
    assertThat(json.get("removed").get(0).asText()).isEqualTo(digest);
    assertThat(json.get("dropped").size()).isEqualTo(3);
    assertThat(thaw("index", "rm", "--ref", LAYOUT).err()).contains("no index of");
    assertThat(thaw("index", "rm", digest).err()).contains("thaw index ls");
    assertThat(thaw("index", "rm").code()).isEqualTo(2);
    assertThat(thaw("index", "rm", "--ref", "a", digest).code()).isEqualTo(2);
  }

  @Test
  void rebuildsADamagedDatabaseItTellsAbout() throws IOException {
    create();
    Files.writeString(root.resolve("artifacts.sqlite"), "no database ".repeat(1000));
    Cli.Run damaged = thaw("index", "ls");
    assertThat(damaged.code()).isEqualTo(1);
    assertThat(damaged.err()).contains("run \"thaw rebuild-db\"");
    assertThat(thaw("rebuild-db").out()).isEqualTo("1 indexes, 3 zTOCs, 0 prefetch artifacts\n");
    assertThat(json(thaw("rebuild-db", "--json")).get("ztocs").asInt()).isEqualTo(3);
    assertThat(onlyIndex()).startsWith("sha256:");
  }

  @Test
  void usesZtocsThatAreThereUnlessForced() throws IOException {
    create();
    JsonNode again = json(create("--json"));
    assertThat(again.get("platforms").get(0).get("layers").get(0).get("outcome").asText())
        .isEqualTo("reused");
    JsonNode forced = json(create("--json", "--force"));
    assertThat(forced.get("platforms").get(0).get("layers").get(0).get("outcome").asText())
        .isEqualTo("indexed");
    assertThat(thaw("ztoc", "ls", "-q").out().lines()).hasSize(3);
  }

  @Test
  void printsOnlyDigestsIfAskedToBeQuiet() throws IOException {
    Cli.Run run = create("-q");
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).isEqualTo(onlyIndex() + "\n");
  }

  @Test
  void storesNothingIfNothingIsIndexed() {
    Cli.Run run = thaw("create", "--standalone", "--min-layer-size", "1GiB", LAYOUT);
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("less than the minimum").contains("Lower --min-layer-size");
    assertThat(thaw("index", "ls", "-q").out()).isEmpty();
  }

  private Cli.Run create(Object... more) {
    List<Object> args =
        new ArrayList<>(
            List.of("create", "--standalone", "--span-size", "262144", "--min-layer-size", 50000));
    args.addAll(List.of(more));
    args.add(LAYOUT);
    return thaw(args.toArray());
  }

  private Cli.Run thaw(Object... args) {
    List<Object> all = new ArrayList<>(List.of("--root", root));
    all.addAll(List.of(args));
    return Cli.run(all.toArray());
  }

  private String onlyIndex() {
    return thaw("index", "ls", "-q").out().strip();
  }

  private String onlyZtoc(int number) {
    return thaw("ztoc", "ls", "-q").out().lines().toList().get(number);
  }

  private static JsonNode json(Cli.Run run) throws IOException {
    assertThat(run.code()).as(run.err()).isZero();
    return new ObjectMapper().readTree(new String(run.bytes(), StandardCharsets.UTF_8));
  }
}
