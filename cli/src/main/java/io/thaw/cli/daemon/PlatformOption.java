package io.thaw.cli.daemon;

import io.thaw.cli.options.PlatformConverter;
import io.thaw.index.oci.Platform;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which image of several the daemon is to take.
final class PlatformOption {
  @Option(
      names = {"-p", "--platform"},
      paramLabel = "OS/ARCH",
      converter = PlatformConverter.class,
      description =
          "Take the image for this platform, as in linux/arm64 (default: this node's own).")
  private @Nullable Platform platform;

  /// As the daemon is asked for it; empty for its own.
  String text() {
    return platform == null ? "" : platform.toString();
  }
}
