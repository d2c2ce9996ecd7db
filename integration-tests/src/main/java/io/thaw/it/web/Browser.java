package io.thaw.it.web;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thaw.it.node.ChildProcess;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A headless Chromium with one window and a profile of its own, driven from outside.
///
/// Elements are named by CSS selectors; where several match, the first in document order is meant.
/// A command that needs an element waits a few seconds for it to appear and fails with an
/// [IOException] that names the selector. Used by one thread at a time.
public final class Browser implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final int IMPLICIT_WAIT_MILLIS = 5_000;
  private static final int WIDTH = 1280;
  private static final int HEIGHT = 900;
  private static final Pattern PORT = Pattern.compile("started successfully on port (\\d+)");

  /// The name under which WebDriver sends an element's id.
  private static final String ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

  private final ChildProcess process;
  private final WebDriver driver;
  private final String session;

  private Browser(ChildProcess process, WebDriver driver, String session) {
    this.process = process;
    this.driver = driver;
    this.session = session;
  }

  /// Why no browser can be started on this machine; empty if one can. Tests skip themselves with
  /// this as the reason.
  public static Optional<String> missing() {
    return Chromium.missing();
  }

  /// Starts a browser.
  ///
  /// @param dir an existing directory for its profile; nothing of the user's own is read or written
  /// @param log the file the driver's output is appended to
  public static Browser start(Path dir, Path log) throws IOException {
    Path home = Files.createTempDirectory(dir, "browser");
    ChildProcess process =
        ChildProcess.start(
            Chromium.DRIVER,
            List.of(Chromium.DRIVER, "--port=0"),
            Map.of(
                "HOME", home.toString(),
                "XDG_CONFIG_HOME", home.resolve("config").toString(),
                "XDG_CACHE_HOME", home.resolve("cache").toString()),
            log);
    try {
      process.awaitReady(START_LIMIT, () -> port(process).isPresent());
      WebDriver driver = new WebDriver(port(process).orElseThrow());
      try {
        return new Browser(process, driver, newSession(driver, home.resolve("profile")));
      } catch (IOException e) {
        driver.close();
        throw e;
      }
    } catch (IOException e) {
      end(process);
      throw e;
    }
  }

  /// Opens a page and returns when it has loaded.
  public void open(URI uri) throws IOException {
    command("/url", WebDriver.JSON.createObjectNode().put("url", uri.toString()));
  }

  /// Opens a file.
  public void open(Path file) throws IOException {
    open(file.toAbsolutePath().toUri());
  }

  public void reload() throws IOException {
    command("/refresh", WebDriver.JSON.createObjectNode());
  }

  public String title() throws IOException {
    return driver.get(session + "/title").asText();
  }

  /// The text of an element as a person sees it: rendered, and nothing of what is hidden.
  public String text(String selector) throws IOException {
    return driver.get(element(selector) + "/text").asText();
  }

  /// The rendered text of every element that matches now, in document order.
  public List<String> texts(String selector) throws IOException {
    JsonNode found =
        evaluate(
            "return Array.from(document.querySelectorAll(arguments[0]), e => e.innerText);",
            selector);
    List<String> texts = new ArrayList<>();
    found.forEach(text -> texts.add(text.asText()));
    return texts;
  }

  /// How many elements match now.
  public int count(String selector) throws IOException {
    return evaluate("return document.querySelectorAll(arguments[0]).length;", selector).asInt();
  }

  /// Whether a person can see the element.
  public boolean visible(String selector) throws IOException {
    return driver.get(element(selector) + "/displayed").asBoolean();
  }

  /// An attribute's value; empty if the element has no such attribute.
  public Optional<String> attribute(String selector, String name) throws IOException {
    JsonNode value = driver.get(element(selector) + "/attribute/" + name);
    return value.isNull() ? Optional.empty() : Optional.of(value.asText());
  }

  /// Clicks in the middle of the element, after scrolling it into view.
  public void click(String selector) throws IOException {
    driver.post(element(selector) + "/click", WebDriver.JSON.createObjectNode());
  }

  /// Empties a field and types into it, key by key.
  public void type(String selector, String text) throws IOException {
    String element = element(selector);
    driver.post(element + "/clear", WebDriver.JSON.createObjectNode());
    driver.post(element + "/value", WebDriver.JSON.createObjectNode().put("text", text));
  }

  /// Presses keys on an element without emptying it first; `\uE007` is Enter, `\uE004` Tab, as
  /// WebDriver's table of key codes says.
  public void press(String selector, String keys) throws IOException {
    driver.post(element(selector) + "/value", WebDriver.JSON.createObjectNode().put("text", keys));
  }

  /// Runs a function body in the page; `return` gives its value, `arguments` are the texts.
  public JsonNode evaluate(String script, String... arguments) throws IOException {
    ObjectNode body = WebDriver.JSON.createObjectNode().put("script", script);
    ArrayNode args = body.putArray("args");
    for (String argument : arguments) {
      args.add(argument);
    }
    return command("/execute/sync", body);
  }

  /// Sets the window's size in pixels.
  public void resize(int width, int height) throws IOException {
    command(
        "/window/rect",
        WebDriver.JSON.createObjectNode().put("width", width).put("height", height));
  }

  /// What the window shows, as PNG.
  public byte[] screenshot() throws IOException {
    return Base64.getDecoder().decode(driver.get(session + "/screenshot").asText());
  }

  /// What the console has said since the last call of this method.
  public List<ConsoleMessage> console() throws IOException {
    JsonNode entries = command("/se/log", WebDriver.JSON.createObjectNode().put("type", "browser"));
    List<ConsoleMessage> messages = new ArrayList<>();
    for (JsonNode entry : entries) {
      messages.add(
          new ConsoleMessage(
              entry.path("level").asText(),
              entry.path("source").asText(),
              entry.path("message").asText()));
    }
    return messages;
  }

  /// The errors among [#console()]; reading them empties the console too.
  public List<ConsoleMessage> consoleErrors() throws IOException {
    return console().stream().filter(ConsoleMessage::error).toList();
  }

  @Override
  public void close() throws IOException {
    try {
      driver.delete(session);
    } finally {
      driver.close();
      end(process);
    }
  }

  private JsonNode command(String path, ObjectNode body) throws IOException {
    return driver.post(session + path, body);
  }

  private String element(String selector) throws IOException {
    JsonNode found =
        command(
            "/element",
            WebDriver.JSON.createObjectNode().put("using", "css selector").put("value", selector));
    return session + "/element/" + found.path(ELEMENT).asText();
  }

  private static String newSession(WebDriver driver, Path profile) throws IOException {
    ObjectNode body = WebDriver.JSON.createObjectNode();
    ObjectNode wanted = body.putObject("capabilities").putObject("alwaysMatch");
    wanted.put("browserName", "chrome");
    wanted.putObject("timeouts").put("implicit", IMPLICIT_WAIT_MILLIS);
    wanted.putObject("goog:loggingPrefs").put("browser", "ALL");
    ObjectNode options = wanted.putObject("goog:chromeOptions");
    options.put("binary", Chromium.onPath(Chromium.COMMAND).orElseThrow().toString());
    ArrayNode arguments = options.putArray("args");
    Chromium.arguments(profile, WIDTH, HEIGHT).forEach(arguments::add);
    return "/session/" + driver.post("/session", body).path("sessionId").asText();
  }

  /// The port the driver chose, once it has said so.
  private static Optional<Integer> port(ChildProcess process) throws IOException {
    Matcher matcher = PORT.matcher(Files.readString(process.log(), StandardCharsets.UTF_8));
    Optional<Integer> last = Optional.empty();
    while (matcher.find()) {
      last = Optional.of(Integer.valueOf(matcher.group(1)));
    }
    return last;
  }

  /// Ends the driver, and the browser too if that outlives the driver.
  private static void end(ChildProcess process) throws IOException {
    List<ProcessHandle> below =
        ProcessHandle.of(process.pid()).stream().flatMap(ProcessHandle::descendants).toList();
    try {
      process.close();
    } finally {
      below.forEach(ProcessHandle::destroyForcibly);
    }
  }
}
