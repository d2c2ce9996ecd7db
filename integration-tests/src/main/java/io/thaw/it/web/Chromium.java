package io.thaw.it.web;

import io.thaw.it.node.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Where the distribution put Chromium and its driver, and how the browser is started.
final class Chromium {
  static final String COMMAND = "chromium";
  static final String DRIVER = "chromedriver";

  private Chromium() {}

  /// Why no browser can be driven here; empty if one can. A command that only says that it comes
  /// as a snap is no browser.
  static Optional<String> missing() {
    for (String command : List.of(COMMAND, DRIVER)) {
      if (onPath(command).isEmpty()) {
        return Optional.of(
            command + " is not installed (Debian: apt-get install chromium chromium-driver)");
      }
    }
    try {
      String version = Commands.run(DRIVER, "--version");
      return version.startsWith("ChromeDriver ")
          ? Optional.empty()
          : Optional.of(DRIVER + " --version printed: " + version.strip());
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /// The first file of this name on the `PATH`.
  static Optional<Path> onPath(String command) {
    String path = System.getenv("PATH");
    return Arrays.stream((path == null ? "" : path).split(":", -1))
        .filter(dir -> !dir.isEmpty())
        .map(dir -> Path.of(dir, command))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /// Arguments that make the browser headless, quiet on the network and alike everywhere. The
  /// sandbox needs a user who is not root, and tests run as root.
  static List<String> arguments(Path profile, int width, int height) {
    return List.of(
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-extensions",
        "--disable-sync",
        "--hide-scrollbars",
        "--force-color-profile=srgb",
        "--lang=en-US",
        "--window-size=" + width + "," + height,
        "--user-data-dir=" + profile);
  }
}
