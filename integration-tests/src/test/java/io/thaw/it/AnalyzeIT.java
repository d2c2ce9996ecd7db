package io.thaw.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thaw.cli.ThawMain;
import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.Layer;
import io.thaw.it.node.Commands;
import io.thaw.it.web.Browser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// What `thaw analyze` says of a Debian image is what the kernel, `du` and `ldd` say of its
/// unpacked layers, and its page works in a real browser.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AnalyzeIT {
  private Path dir;
  private ImageLayout image;
  private PlainUnpack unpacked;

  @BeforeAll
  void unpack(@TempDir Path temporary) throws IOException {
    dir = temporary;
    image = TestImages.debian();
    List<Path> layers = new ArrayList<>();
    for (Layer layer : image.layers()) {
      layers.add(image.blobFile(layer.digest()));
    }
    unpacked = PlainUnpack.of(layers, Files.createDirectory(dir.resolve("unpacked")));
  }

  @AfterAll
  void unmount() throws IOException {
    unpacked.close();
  }

  @Test
  void countsWhatTheKernelShowsOfTheStackedLayers() throws IOException {
    JsonNode found = analyze("--json").get("image");

    // Every inode once, as hard links are one file.
    String sizes =
        shell(
            "find . -xdev -type f -printf '%i %s\\n"
                + "' | sort -u | awk '{n++; s+=$2} END {print n, s}'");
    assertThat(found.get("files").asText() + " " + found.get("fileBytes").asText())
        .isEqualTo(sizes);
    assertThat(found.get("directories").asText())
        .isEqualTo(shell("find . -xdev -mindepth 1 -type d | wc -l"));
    assertThat(found.get("symbolicLinks").asText())
        .isEqualTo(shell("find . -xdev -type l | wc -l"));
    assertThat(found.get("storedBytes").asLong())
        .isEqualTo(image.layers().stream().mapToLong(Layer::sizeBytes).sum());
  }

  @Test
  void addsDirectoriesUpAsDuDoes() throws IOException {
    for (JsonNode directory : analyze("--json", "--top", "12").get("directories")) {
      String path = directory.get("path").asText();
      assertThat(directory.get("fileBytes").asText())
          .describedAs(path)
          .isEqualTo(
              shell(
                  "find '.%s' -xdev -type f -printf '%%i %%s\\n' | sort -u | awk '{s+=$2} END {print s+0}'"
                      .formatted(path)));
    }
  }

  @Test
  void findsTheLibrariesLddFinds() throws IOException {
    for (String program : List.of("/usr/bin/python3", "/bin/bash", "/usr/bin/openssl")) {
      TreeSet<String> expected = new TreeSet<>(List.of(realPath(program)));
      Matcher path = Pattern.compile("(/\\S+) \\(0x").matcher(ldd(program));
      while (path.find()) {
        expected.add(realPath(path.group(1)));
      }
      JsonNode start = analyze("--json", "--command", program).get("start");
      TreeSet<String> found = new TreeSet<>();
      start.get("files").forEach(file -> found.add(realPath(file.get("openedAs").asText())));
      found.removeIf(file -> file.startsWith("/etc/"));

      assertThat(expected).hasSizeGreaterThan(2);
      assertThat(found).describedAs(program).isEqualTo(expected);
      assertThat(start.get("notes")).isEmpty();
      assertThat(start.get("storedBytes").asLong()).isPositive();
    }
  }

  @Test
  void thePageShowsTheImageAndAnswersToMouseKeyboardAndFilter() throws IOException {
    Optional<String> missing = Browser.missing();
    assumeTrue(missing.isEmpty(), missing.orElse(""));
    Path page = dir.resolve("page.html");
    run("--html", page.toString(), "--command", "python3");
    try (Browser browser = Browser.start(dir, dir.resolve("browser.log"))) {
      browser.open(page);
      assertThat(browser.count("#map .node")).isGreaterThan(100);
      assertThat(browser.texts("#crumbs button")).containsExactly("/");
      assertThat(browser.text("#spans-what")).contains("python3 needs at least");

      // The top of a frame is its own; its middle belongs to what lies in it.
      browser.evaluate(
          "document.querySelector('#map .node.dir').dispatchEvent("
              + "new MouseEvent('click', {bubbles: true}));");
      assertThat(browser.texts("#crumbs button")).containsExactly("/", "usr/");
      assertThat(browser.text("#spans-what")).startsWith("/usr lies in");
      browser.press("#map .node", "\uE007");
      assertThat(browser.count("#crumbs button")).isEqualTo(3);
      browser.press("#map .node", "\uE00C");
      assertThat(browser.texts("#crumbs button")).containsExactly("/", "usr/");
      browser.click("#crumbs button");
      assertThat(browser.texts("#crumbs button")).containsExactly("/");

      browser.type("#filter", "libopenblas");
      assertThat(browser.texts("#list tbody td.path"))
          .isNotEmpty()
          .allMatch(path -> path.contains("libopenblas"));
      browser.type("#filter", "no such file anywhere");
      assertThat(browser.count("#list tbody tr")).isZero();
      browser.type("#filter", "python3.11");
      browser.click("#list th:first-child button");
      assertThat(browser.texts("#list tbody td.path")).isSorted();
      browser.click("#tab-layers");
      browser.type("#filter", " ");
      assertThat(browser.attribute("#tab-layers", "aria-selected")).contains("true");
      browser.click("#theme");
      assertThat(browser.consoleErrors()).isEmpty();
      Files.write(dir.resolve("page.png"), browser.screenshot());
    }
  }

  @Test
  void namesOfFilesAreOnlyTextInThePage() throws IOException {
    Optional<String> missing = Browser.missing();
    assumeTrue(missing.isEmpty(), missing.orElse(""));
    Path page = dir.resolve("page2.html");
    run("--html", page.toString());
    try (Browser browser = Browser.start(dir, dir.resolve("browser2.log"))) {
      browser.open(page);
      browser.type("#filter", "random");
      assertThat(browser.texts("#list tbody td.path")).contains("/odd/random");
      browser.evaluate(
          "const s = document.createElement('script'); s.textContent = 'window.ran = true';"
              + "document.body.append(s);");
      assertThat(browser.evaluate("return window.ran === undefined;").asBoolean()).isTrue();
    }
  }

  private JsonNode analyze(String... arguments) throws IOException {
    return new ObjectMapper().readTree(run(arguments));
  }

  private String run(String... arguments) {
    List<String> all = new ArrayList<>(List.of("analyze", "--layout", image.dir().toString()));
    all.addAll(List.of(arguments));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code = ThawMain.run("thaw", out, err, all.toArray(String[]::new));
    assertThat(code).describedAs(err.toString(UTF_8)).isZero();
    return out.toString(UTF_8);
  }

  private String shell(String script) throws IOException {
    return Commands.run("bash", "-c", "cd '" + unpacked.root() + "' && " + script).strip();
  }

  /// The loader itself lists what it would load, as the script `ldd` lets it do.
  private String ldd(String program) throws IOException {
    return Commands.run(
        "chroot", unpacked.root().toString(), "/usr/bin/env", "LD_TRACE_LOADED_OBJECTS=1", program);
  }

  private String realPath(String path) {
    try {
      return Commands.run("chroot", unpacked.root().toString(), "/usr/bin/realpath", path).strip();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
