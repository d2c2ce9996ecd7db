package io.thaw.cli.analyze.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thaw.cli.analyze.Analysis;
import io.thaw.cli.analyze.MemoryImage;
import io.thaw.cli.analyze.TarLayer;
import io.thaw.cli.analyze.scan.TinyElf;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportsTest {
  private static final String HOSTILE = "</script><script>alert(1)</script><!--&'\"\u2028\u202e";

  @TempDir Path scratch;

  @Test
  void theTextIsThis() throws IOException {
    StringWriter out = new StringWriter();
    TextReport.print(small(), new PrintWriter(out), 3);
    String text = out.toString().replaceAll("\\b[0-9a-f]{12}\\b", "............");
    assertThat(text).isEqualTo(GoldenText.SMALL);
  }

  @Test
  void theTextNeverControlsATerminal() throws IOException {
    Analysis analysis =
        new MemoryImage()
            .layer(new TarLayer().file("a\u001b[2J\r\n" + HOSTILE, "x").gzip())
            .analyze(scratch);
    StringWriter out = new StringWriter();
    TextReport.print(analysis, new PrintWriter(out), 20);
    assertThat(out.toString()).contains("a\\x1b[2J\\x0d\\x0a").doesNotContain("\u001b", "\u202e");
  }

  @Test
  void theJsonSaysTheSame() throws IOException {
    StringWriter out = new StringWriter();
    JsonReport.write(small(), out, 2);
    JsonNode json = new ObjectMapper().readTree(out.toString());
    assertThat(json.at("/schemaVersion").asInt()).isEqualTo(1);
    assertThat(json.at("/image/files").asInt()).isEqualTo(5);
    assertThat(json.at("/image/hiddenBytes").asInt()).isEqualTo(2000);
    assertThat(json.at("/image/duplicateBytes").asInt()).isEqualTo(3000);
    assertThat(json.at("/layers/1/hidesFiles").asInt()).isEqualTo(1);
    assertThat(json.at("/layers/0/createdBy").asText()).isEqualTo("ADD root");
    assertThat(json.at("/directories/0/path").asText()).isEqualTo("/");
    assertThat(json.at("/largestFiles").size()).isEqualTo(2);
    assertThat(json.at("/largestFiles/0/path").asText()).isEqualTo("/data/one");
    assertThat(json.at("/hidden/0/fate").asText()).isEqualTo("deleted");
    assertThat(json.at("/duplicates/0/files/1/path").asText()).isEqualTo("/data/two");
    assertThat(json.at("/packages/0/name").asText()).isEqualTo("tool");
    assertThat(json.at("/start/files/0/path").asText()).isEqualTo("/bin/tool");
    assertThat(json.at("/start/layers/0/spans/0").asInt()).isZero();
    assertThat(json.at("/start/lowerBound").asBoolean()).isTrue();
  }

  @Test
  void nothingAnImageSaysCanActInThePage() throws IOException {
    Analysis analysis =
        new MemoryImage()
            .config(
                new ObjectMapper()
                    .writeValueAsString(
                        java.util.Map.of(
                            "architecture",
                            "amd64",
                            "os",
                            "linux",
                            "history",
                            java.util.List.of(java.util.Map.of("created_by", HOSTILE)))))
            .layer(new TarLayer().file(HOSTILE, "x").gzip())
            .analyze(scratch);
    String page = page(analysis);
    String data = between(page, "id=\"data\">", "</script>");

    assertThat(data).doesNotContain("<", ">", "&", "'", "\u2028");
    JsonNode nodes = new ObjectMapper().readTree(data).get("nodes");
    assertThat(nodes.get("name").toString()).contains("script");
    assertThat(page).doesNotContain("alert(1)</script>");
  }

  @Test
  void thePolicyAdmitsTheScriptAndTheStyleAndNothingElse() throws Exception {
    String page = page(small());
    String policy = between(page, "Content-Security-Policy\" content=\"", "\">");
    String script = page.substring(page.lastIndexOf("<script>") + 8, page.lastIndexOf("</script>"));
    assertThat(policy)
        .startsWith("default-src 'none'; ")
        .contains("script-src 'sha256-" + digest(script) + "'")
        .contains("style-src 'sha256-" + digest(between(page, "<style>", "</style>")) + "'")
        .doesNotContain("unsafe");
    assertThat(page).doesNotContain("http://", "https://", " src=", " href=");
  }

  @Test
  void aPageOfManyFilesStaysSmallAndLosesNoByte() throws IOException {
    TarLayer layer = new TarLayer();
    int count = 60_000;
    for (int i = 0; i < count; i++) {
      layer.file("d" + i % 97 + "/e" + i % 13 + "/f" + i, new byte[i % 61]);
    }
    String page = page(new MemoryImage().layer(layer.gzip()).analyze(scratch));
    JsonNode nodes =
        new ObjectMapper().readTree(between(page, "id=\"data\">", "</script>")).get("nodes");
    long files = 0;
    long bytes = 0;
    for (int i = 0; i < nodes.get("kind").size(); i++) {
      int kind = nodes.get("kind").get(i).asInt();
      if (kind != PageTree.DIRECTORY) {
        files += kind == PageTree.FILE ? 1 : nodes.get("files").get(i).asInt();
        bytes += nodes.get("bytes").get(i).asLong();
      }
    }
    assertThat(page.length()).isLessThan(3_000_000);
    assertThat(nodes.get("kind").size()).isLessThan(PageData.MAX_NODES * 2);
    assertThat(bytes).isEqualTo(nodes.get("bytes").get(0).asLong());
    assertThat(files).isGreaterThan(count * 9 / 10);
  }

  private Analysis small() throws IOException {
    return new MemoryImage()
        .config(
            """
            {"architecture":"amd64","os":"linux",
             "config":{"Env":["PATH=/bin"]},
             "history":[{"created_by":"ADD root"},{"created_by":"RUN rm"}]}
            """)
        .layer(
            new TarLayer()
                .file("bin/tool", TinyElf.of("", "", ""), 0755)
                .file("data/one", new byte[3000])
                .file("data/two", new byte[3000])
                .file("data/old", new byte[2000])
                .file("lib/apk/db/installed", "P:tool\nV:1.0\nF:bin\nR:tool\n")
                .plain())
        .layer(new TarLayer().without("data/old").file("new", "12345").plain())
        .start(scratch, "tool");
  }

  private static String page(Analysis analysis) throws IOException {
    StringWriter out = new StringWriter();
    HtmlReport.write(analysis, out);
    return out.toString();
  }

  private static String between(String text, String before, String after) {
    Matcher found =
        Pattern.compile(Pattern.quote(before) + "(.*?)" + Pattern.quote(after), Pattern.DOTALL)
            .matcher(text);
    assertThat(found.find()).isTrue();
    return found.group(1);
  }

  private static String digest(String text) throws Exception {
    return Base64.getEncoder()
        .encodeToString(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
  }
}
