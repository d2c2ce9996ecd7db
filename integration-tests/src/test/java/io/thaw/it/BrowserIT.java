package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thaw.it.web.Browser;
import io.thaw.it.web.ConsoleMessage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The browser that other tests look at pages with.
class BrowserIT {
  private static final String PAGE =
      """
      <!doctype html><html lang="en"><head><meta charset="utf-8"><title>Smoke</title></head>
      <body style="margin:0;background:#00ff00">
      <h1>H\u00e4llo</h1><p hidden>unseen</p>
      <input id="name"><button onclick="document.querySelector('h1').textContent =
        'Hello ' + document.getElementById('name').value">Greet</button>
      <ul><li>one</li><li>two</li></ul>
      </body></html>
      """;

  @TempDir Path dir;

  @Test
  void showsAPageActsOnItAndReportsWhatItsConsoleSays() throws IOException {
    Optional<String> missing = Browser.missing();
    assumeTrue(missing.isEmpty(), missing::get);
    Path page = Files.writeString(dir.resolve("page.html"), PAGE);

    try (Browser browser = Browser.start(dir, dir.resolve("browser.log"))) {
      browser.open(page);
      assertThat(browser.title()).isEqualTo("Smoke");
      assertThat(browser.text("h1")).isEqualTo("H\u00e4llo");
      assertThat(browser.visible("p")).isFalse();
      assertThat(browser.texts("li")).containsExactly("one", "two");
      assertThat(browser.consoleErrors()).isEmpty();

      browser.type("#name", "Anna");
      browser.click("button");
      assertThat(browser.text("h1")).isEqualTo("Hello Anna");
      assertThat(browser.attribute("button", "class")).isEmpty();

      assertThat(browser.evaluate("return arguments[0].length + 1;", "abc").asInt()).isEqualTo(4);
      browser.evaluate("console.error('it', 'broke');");
      assertThat(browser.consoleErrors())
          .singleElement()
          .extracting(ConsoleMessage::text)
          .asString()
          .contains("broke");

      int pixel = ImageIO.read(new ByteArrayInputStream(browser.screenshot())).getRGB(1000, 600);
      assertThat(pixel).isEqualTo(0xff00ff00);
    }
    assertThat(browsersOf(dir)).isZero();
  }

  private static long browsersOf(Path dir) {
    return ProcessHandle.allProcesses()
        .filter(process -> process.info().commandLine().orElse("").contains(dir.toString()))
        .count();
  }
}
