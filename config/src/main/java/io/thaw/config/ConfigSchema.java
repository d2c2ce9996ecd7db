package io.thaw.config;

import io.thaw.config.ConfigKey.ValueType;
import java.util.List;
import java.util.Map;

/// Every key there is, with its type, default and limits.
///
/// Names and defaults are those of SOCI's configuration where it has the key and the default makes
/// sense here; the
/// differences are told in the shipped file.
final class ConfigSchema {
  private static final long KIB = 1024;
  private static final long MIB = 1024 * KIB;
  private static final long GIB = 1024 * MIB;
  private static final long HOUR_MILLIS = 3_600_000;

  static final Map<String, ConfigKey> KEYS = keys();

  private ConfigSchema() {}

  private static Map<String, ConfigKey> keys() {
    KeyTable table = new KeyTable();
    ours(table);
    shared(table);
    compatible(table);
    return table.keys();
  }

  private static void ours(KeyTable t) {
    t.path("root", "/var/lib/thaw");
    t.path("address", "/run/thaw/thaw.sock");
    t.choice("log.level", "info", "trace", "debug", "info", "warn", "error");
    t.choice("fuse.backend", "kernel", "kernel", "jnr");
    t.choice("fuse.handover", "auto", "auto", "systemd", "keeper", "none");
    t.number("fetch.concurrency", 32, 1, 256);
    t.number("fetch.max_range_bytes", 16 * MIB, 64 * KIB, GIB);
    t.number("fetch.memory_bytes", 64 * MIB, 16 * MIB, 64 * GIB);
    t.flag("fetch.read_ahead", true);
    t.number("fetch.read_timeout_sec", 300, 1, 86_400);
    t.flag("fill.enable", true);
    t.number("fill.start_delay_msec", 3_000, 0, HOUR_MILLIS);
    t.number("fill.concurrency", 3, 1, 64);
    t.flag("profile.enable", true);
    t.number("profile.quiet_msec", 5_000, 100, HOUR_MILLIS);
    t.number("profile.max_record_sec", 120, 1, 3_600);
    t.number("profile.max_record_bytes", 2 * GIB, MIB, Long.MAX_VALUE);
    t.number("profile.max_images", 256, 1, 100_000);
    t.flag("index.build_on_pull", true);
    t.flag("index.use_local", true);
    t.number("index.min_layer_size", 10 * MIB, 0, Long.MAX_VALUE);
    t.number("index.max_size_bytes", GIB, 0, Long.MAX_VALUE);
    t.number("cache.max_size_bytes", 0, 0, Long.MAX_VALUE);
    t.number("cache.free_reserve_bytes", 256 * MIB, 0, Long.MAX_VALUE);
    t.number("cache.full_disk_memory_bytes", 32 * MIB, 16 * MIB, 2 * GIB);
    t.strings("registry.plain_http_hosts");
    t.strings("registry.insecure_hosts");
    t.flag("cri_keychain.persist", false);
    t.text("kubelet_credential_provider.config_path", "");
    t.text("kubelet_credential_provider.bin_dir", "");
  }

  /// Keys SOCI has and the daemon acts on.
  private static void shared(KeyTable t) {
    t.text("metrics_address", "");
    t.choice("metrics_network", "tcp", "", "tcp");
    t.flag("no_prometheus", false);
    t.flag("debug", false);
    t.text("debug_address", "");
    t.zeroable("mount_timeout_sec", 30, 3_600);
    t.zeroable("http.MaxRetries", 8, 100);
    t.zeroable("http.MinWaitMsec", 30, HOUR_MILLIS);
    t.zeroable("http.MaxWaitMsec", 300_000, HOUR_MILLIS);
    t.zeroable("http.DialTimeoutMsec", 3_000, HOUR_MILLIS);
    t.zeroable("http.ResponseHeaderTimeoutMsec", 3_000, HOUR_MILLIS);
    t.zeroable("blob.min_wait_msec", 100, HOUR_MILLIS);
    t.zeroable("blob.max_wait_msec", 10_000, HOUR_MILLIS);
    t.number("blob.max_span_verification_retries", 0, 0, 100);
    t.flag("background_fetch.disable", false);
    t.number("background_fetch.silence_period_msec", 0, 0, HOUR_MILLIS);
    t.flag("pull_modes.soci_v1.enable", false);
    t.flag("pull_modes.soci_v2.enable", true);
    t.number("snapshotter.min_layer_size", 0, 0, Long.MAX_VALUE);
    parallelPull(t);
    t.text("registry.config_path", "/etc/containerd/certs.d");
    t.tree("registry.mirrors");
    t.tree("registry.configs");
    t.tree("resolver");
    t.flag("cri_keychain.enable_keychain", false);
    t.text("cri_keychain.image_service_path", "");
    t.flag("kubeconfig_keychain.enable_keychain", false);
    t.text("kubeconfig_keychain.kubeconfig_path", "");
  }

  /// Keys of SOCI that change nothing here.
  private static void compatible(KeyTable t) {
    for (String key : List.of("http_cache_type", "filesystem_cache_type", "metadata_store")) {
      t.compatible(key, ValueType.STRING, "");
    }
    t.compatible("resolve_result_entry", ValueType.INTEGER, "");
    t.compatible("allow_no_verification", ValueType.BOOLEAN, "every byte is verified");
    t.compatible("disable_verification", ValueType.BOOLEAN, "every byte is verified");
    t.compatible("max_concurrency", ValueType.INTEGER, "use fetch.concurrency");
    t.compatible("fuse_metrics_emit_wait_duration_sec", ValueType.INTEGER, "");
    t.compatible("skip_check_snapshotter_supported", ValueType.BOOLEAN, "");
    t.compatible("http.RequestTimeoutMsec", ValueType.INTEGER, "a transfer ends when it stalls");
    for (String key : List.of("attr_timeout", "entry_timeout", "negative_timeout")) {
      t.compatible(
          "fuse." + key, ValueType.INTEGER, "a layer never changes: the kernel may keep all");
    }
    t.compatible("fuse.log_fuse_operations", ValueType.BOOLEAN, "");
    t.compatible("blob.max_retries", ValueType.INTEGER, "tried until fetch.read_timeout_sec");
    t.compatible("blob.fetching_timeout_sec", ValueType.INTEGER, "use fetch.read_timeout_sec");
    t.compatible("blob.valid_interval", ValueType.INTEGER, "");
    t.compatible("blob.check_always", ValueType.BOOLEAN, "");
    t.compatible(
        "blob.force_single_range_mode", ValueType.BOOLEAN, "a request never asks for two ranges");
    t.compatible("directory_cache.max_lru_cache_entry", ValueType.INTEGER, "");
    t.compatible("directory_cache.max_cache_fds", ValueType.INTEGER, "");
    t.compatible("directory_cache.sync_add", ValueType.BOOLEAN, "");
    t.compatible("directory_cache.direct", ValueType.BOOLEAN, "");
    t.compatible(
        "background_fetch.fetch_period_msec",
        ValueType.INTEGER,
        "the fill is paced by what readers leave of the link");
    t.compatible("background_fetch.max_queue_size", ValueType.INTEGER, "");
    t.compatible("background_fetch.emit_metric_period_sec", ValueType.INTEGER, "");
    t.compatible("content_store.type", ValueType.STRING, "layers live below root");
    t.compatible("content_store.containerd_address", ValueType.STRING, "layers live below root");
    t.compatible("content_store.namespace", ValueType.STRING, "layers live below root");
    t.compatible(
        "snapshotter.allow_invalid_mounts_on_restart",
        ValueType.BOOLEAN,
        "the daemon always starts and reports what it cannot mount");
  }

  /// SOCI's keys, and but for the layers of an image that are unpacked at once its defaults;
  /// negative counts mean no bound.
  private static void parallelPull(KeyTable t) {
    String prefix = ParallelPullConfig.PREFIX;
    t.flag(prefix + "enable", false);
    t.flag(prefix + "experimental_parallel_pull_as_fallback", false);
    count(t, prefix + "max_concurrent_downloads", -1);
    count(t, prefix + "max_concurrent_downloads_per_image", 3);
    t.text(prefix + "concurrent_download_chunk_size", "");
    count(t, prefix + "max_concurrent_unpacks", -1);
    count(t, prefix + "max_concurrent_unpacks_per_image", 0);
    t.compatible(
        prefix + "discard_unpacked_layers",
        ValueType.BOOLEAN,
        "stored layers never lie on the disk: they are unpacked while they arrive");
    for (String compression : ParallelPullConfig.COMPRESSIONS) {
      t.text(prefix + "decompress_streams." + compression + ".path", "");
      t.strings(prefix + "decompress_streams." + compression + ".args");
    }
  }

  private static void count(KeyTable t, String key, long defaultValue) {
    t.number(key, defaultValue, Integer.MIN_VALUE, Integer.MAX_VALUE);
  }
}
