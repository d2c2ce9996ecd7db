package io.thaw.cli.options;

import io.thaw.config.Config;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// The options every command has; they may stand before or after the command's name.
public final class GlobalOptions {
  /// The name this mixin has in the top command.
  public static final String NAME = "global";

  @Option(
      names = {"-a", "--address"},
      scope = ScopeType.INHERIT,
      paramLabel = "SOCKET",
      description =
          "containerd's socket (default: that in CONTAINERD_ADDRESS, else"
              + " /run/containerd/containerd.sock).")
  private @Nullable String address;

  @Option(
      names = {"-n", "--namespace"},
      scope = ScopeType.INHERIT,
      paramLabel = "NAME",
      description =
          "containerd's namespace (default: that in CONTAINERD_NAMESPACE, else \"default\").")
  private @Nullable String namespace;

  @Option(
      names = "--timeout",
      scope = ScopeType.INHERIT,
      paramLabel = "TIME",
      defaultValue = "0",
      converter = GoDuration.Converter.class,
      description = "Give up after this time, as in 90s or 10m (default: never).")
  private GoDuration timeout = GoDuration.ZERO;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Log what is done, and print the stack trace of a failure.")
  private boolean debug;

  @Option(
      names = "--content-store",
      scope = ScopeType.INHERIT,
      paramLabel = "STORE",
      defaultValue = "soci",
      converter = ContentStoreKind.Converter.class,
      description =
          "Where indexes and zTOCs are kept: soci (the store below --root) or containerd"
              + " (default: ${DEFAULT-VALUE}).")
  private ContentStoreKind contentStore = ContentStoreKind.OWN;

  @Option(
      names = "--root",
      scope = ScopeType.INHERIT,
      paramLabel = "DIRECTORY",
      description =
          "Where the store of indexes lies (default: that in THAW_ROOT, else /var/lib/thaw, or"
              + " ~/.local/share/thaw for a user who cannot write there).")
  private @Nullable Path root;

  /// The options of the command line that `spec` is part of.
  public static GlobalOptions of(CommandSpec spec) {
    CommandSpec mixin = spec.root().mixins().get(NAME);
    if (mixin == null) {
      throw new IllegalStateException("the top command has no mixin \"" + NAME + "\"");
    }
    return (GlobalOptions) mixin.userObject();
  }

  /// containerd's socket as the user gave it; null if it was not given.
  public @Nullable String address() {
    return address;
  }

  /// containerd's namespace as the user gave it; null if it was not given.
  public @Nullable String namespace() {
    return namespace;
  }

  /// How long the command may take; zero for as long as it needs.
  public Duration timeout() {
    return timeout.value();
  }

  public boolean debug() {
    return debug;
  }

  public ContentStoreKind contentStore() {
    return contentStore;
  }

  /// Whether the user named a root.
  public boolean isRootGiven() {
    return root != null;
  }

  /// Where the store of indexes lies.
  public Path root() {
    return root != null ? root.toAbsolutePath().normalize() : defaultRoot(System.getenv());
  }

  static Path defaultRoot(Map<String, String> environment) {
    String set = environment.get("THAW_ROOT");
    if (set != null && set.startsWith("/")) {
      return Path.of(set);
    }
    Path shared = Config.defaults().root();
    Path writable = Files.exists(shared) ? shared : shared.getParent();
    if (writable != null && Files.isWritable(writable)) {
      return shared;
    }
    String data = environment.get("XDG_DATA_HOME");
    if (data != null && data.startsWith("/")) {
      return Path.of(data, "thaw");
    }
    String home = environment.getOrDefault("HOME", System.getProperty("user.home", "/"));
    return Path.of(home, ".local", "share", "thaw");
  }
}
