package io.thaw.config;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// Everything an operator decides, read once at start.
///
/// @param root where snapshots, layers and metadata live
/// @param address the unix socket containerd connects to
/// @param warnings what is odd in the file; the daemon logs them and starts
public record Config(
    Path root,
    Path address,
    LogConfig log,
    MetricsConfig metrics,
    DebugConfig debug,
    HttpConfig http,
    FuseConfig fuse,
    FetchConfig fetch,
    FillConfig fill,
    ProfileConfig profile,
    CacheConfig cache,
    PullModesConfig pullModes,
    IndexConfig index,
    SnapshotterConfig snapshotter,
    RegistryConfig registry,
    CredentialConfig credentials,
    List<ConfigWarning> warnings) {

  /// Where the daemon looks if it is not told.
  public static final Path DEFAULT_PATH = Path.of("/etc/thaw/config.toml");

  public Config {
    warnings = List.copyOf(warnings);
  }

  /// Reads and validates a file.
  ///
  /// @throws ConfigException if it is not TOML or a value is wrong; the message has line and column
  /// @throws IOException if it cannot be read
  public static Config load(Path file) throws IOException {
    return parse(
        file.toString(), ConfigFile.read(file, "every key has a default, so it may be left out"));
  }

  /// Reads and validates a text; `source` is how messages call it.
  public static Config parse(String source, String text) throws ConfigException {
    Settings settings = ConfigReader.read(source, text, ConfigSchema.KEYS);
    ParallelPullConfig.check(settings);
    return from(settings);
  }

  /// What applies without a file.
  public static Config defaults() {
    try {
      return from(Settings.defaults(ConfigSchema.KEYS));
    } catch (ConfigException e) {
      throw new IllegalStateException("the defaults are right", e);
    }
  }

  /// The commented file that ships with the daemon.
  public static String shippedFile() {
    return Shipped.text("config.toml");
  }

  /// The same configuration with another root.
  public Config withRoot(Path newRoot) {
    return new Config(
        newRoot,
        address,
        log,
        metrics,
        debug,
        http,
        fuse,
        fetch,
        fill,
        profile,
        cache,
        pullModes,
        index,
        snapshotter,
        registry,
        credentials,
        warnings);
  }

  /// The same configuration with another socket.
  public Config withAddress(Path newAddress) {
    return new Config(
        root,
        newAddress,
        log,
        metrics,
        debug,
        http,
        fuse,
        fetch,
        fill,
        profile,
        cache,
        pullModes,
        index,
        snapshotter,
        registry,
        credentials,
        warnings);
  }

  /// The same configuration with another log level.
  public Config withLog(LogConfig newLog) {
    return new Config(
        root,
        address,
        newLog,
        metrics,
        debug,
        http,
        fuse,
        fetch,
        fill,
        profile,
        cache,
        pullModes,
        index,
        snapshotter,
        registry,
        credentials,
        warnings);
  }

  private static Config from(Settings s) throws ConfigException {
    return new Config(
        Path.of(s.text("root")),
        Path.of(s.text("address")),
        new LogConfig(s.flag("debug") && !s.isSet("log.level") ? "debug" : s.text("log.level")),
        new MetricsConfig(s.text("metrics_address"), !s.flag("no_prometheus")),
        new DebugConfig(s.text("debug_address")),
        http(s),
        fuse(s),
        fetch(s),
        fill(s),
        new ProfileConfig(
            s.flag("profile.enable"),
            s.number("profile.quiet_msec"),
            s.number("profile.max_record_sec") * 1_000,
            s.number("profile.max_record_bytes"),
            s.count("profile.max_images")),
        new CacheConfig(
            s.number("cache.max_size_bytes"),
            s.number("cache.free_reserve_bytes"),
            s.number("cache.full_disk_memory_bytes")),
        new PullModesConfig(
            s.flag("pull_modes.soci_v1.enable"),
            s.flag("pull_modes.soci_v2.enable"),
            ParallelPullConfig.of(s)),
        new IndexConfig(
            s.flag("index.build_on_pull"),
            s.flag("index.use_local"),
            s.number("index.min_layer_size"),
            s.number("index.max_size_bytes")),
        new SnapshotterConfig(
            s.number("snapshotter.min_layer_size"), s.number("mount_timeout_sec") * 1_000),
        registry(s),
        credentials(s),
        s.warnings());
  }

  private static RegistryConfig registry(Settings s) throws ConfigException {
    RegistryTables tables = new RegistryTables(s);
    return new RegistryConfig(
        s.strings("registry.plain_http_hosts"),
        s.strings("registry.insecure_hosts"),
        s.text("registry.config_path"),
        tables.mirrors(),
        tables.logins());
  }

  private static CredentialConfig credentials(Settings s) throws ConfigException {
    String imageService = s.text("cri_keychain.image_service_path");
    String plugins = s.text("kubelet_credential_provider.config_path");
    String binaries = s.text("kubelet_credential_provider.bin_dir");
    if (plugins.isEmpty() != binaries.isEmpty()) {
      throw s.wrong(
          "kubelet_credential_provider." + (plugins.isEmpty() ? "bin_dir" : "config_path"),
          "config_path and bin_dir are needed both");
    }
    return new CredentialConfig(
        new CredentialConfig.Cri(
            s.flag("cri_keychain.enable_keychain"),
            imageService.isEmpty() ? "/run/containerd/containerd.sock" : imageService,
            s.flag("cri_keychain.persist")),
        new CredentialConfig.Kubeconfig(
            s.flag("kubeconfig_keychain.enable_keychain"),
            s.text("kubeconfig_keychain.kubeconfig_path")),
        new CredentialConfig.Plugins(plugins, binaries));
  }

  private static HttpConfig http(Settings s) {
    return new HttpConfig(
        s.count("http.MaxRetries"),
        s.number("http.MinWaitMsec"),
        s.number("http.MaxWaitMsec"),
        s.number("http.DialTimeoutMsec"),
        s.number("http.ResponseHeaderTimeoutMsec"));
  }

  private static FuseConfig fuse(Settings s) {
    return new FuseConfig(
        FuseConfig.Backend.valueOf(s.text("fuse.backend").toUpperCase(Locale.ROOT)),
        FuseConfig.Handover.valueOf(s.text("fuse.handover").toUpperCase(Locale.ROOT)));
  }

  private static FetchConfig fetch(Settings s) {
    return new FetchConfig(
        s.count("fetch.concurrency"),
        s.flag("fetch.read_ahead"),
        s.number("fetch.max_range_bytes"),
        s.number("fetch.memory_bytes"),
        s.number("blob.min_wait_msec"),
        s.number("blob.max_wait_msec"),
        s.number("fetch.read_timeout_sec") * 1_000,
        s.count("blob.max_span_verification_retries"));
  }

  /// SOCI's names for the fill win where they are set, so that a file written for SOCI means what
  /// it says.
  private static FillConfig fill(Settings s) {
    String delay =
        s.isSet("background_fetch.silence_period_msec")
                && s.number("background_fetch.silence_period_msec") > 0
            ? "background_fetch.silence_period_msec"
            : "fill.start_delay_msec";
    return new FillConfig(
        s.flag("fill.enable") && !s.flag("background_fetch.disable"),
        s.number(delay),
        s.count("fill.concurrency"));
  }
}
