package io.thaw.daemon.main;

import io.thaw.config.Config;
import io.thaw.config.HttpConfig;
import io.thaw.config.ParallelPullConfig;
import io.thaw.daemon.fetch.FetchConfig;
import io.thaw.daemon.fetch.ParallelDownloads;
import io.thaw.daemon.image.PullPolicy;
import io.thaw.daemon.layer.Decompressors;
import io.thaw.index.SociIndex;
import io.thaw.registry.RegistryConfig;
import io.thaw.registry.hosts.ProxyRules;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The configuration in each part's own terms.
final class Settings {
  private static final Duration REMEMBER_FOUND = Duration.ofMinutes(10);
  private static final Duration REMEMBER_MISSING = Duration.ofSeconds(15);

  /// The scheduler has its own patience; below it a transfer is tried again at once, and once.
  private static final int BLOB_ATTEMPTS = 2;

  private static final Duration BLOB_MAX_WAIT = Duration.ofSeconds(2);

  private Settings() {}

  /// What all of the daemon's registry clients have in common: with it, the daemon's clients share
  /// what was read of hosts.
  ///
  /// @throws IOException if a mirror or a proxy cannot be used
  static RegistryConfig network(Config config, Map<String, String> environment) throws IOException {
    ProxyRules proxy;
    try {
      proxy = ProxyRules.of(environment);
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
    return RegistryConfig.defaults()
        .withHosts(RegistryHosts.of(config.registry()))
        .withProxy(proxy);
  }

  /// For manifests, indexes and zTOCs.
  ///
  /// @param defaults see [#network]
  static RegistryConfig registry(Config config, RegistryConfig defaults) {
    HttpConfig http = config.http();
    return defaults
        .withTimeouts(
            new RegistryConfig.Timeouts(
                Duration.ofMillis(http.dialTimeoutMillis()),
                Duration.ofMillis(http.responseHeaderTimeoutMillis()),
                defaults.timeouts().stall()))
        .withRetry(
            new RegistryConfig.Retry(
                http.maxRetries() + 1,
                Duration.ofMillis(http.minWaitMillis()),
                Duration.ofMillis(
                    Math.min(http.maxWaitMillis(), config.snapshotter().mountTimeoutMillis()))))
        .withPlainHttpHosts(Set.copyOf(config.registry().plainHttpHosts()))
        .withInsecureHosts(Set.copyOf(config.registry().insecureHosts()));
  }

  /// For layers: storage behind a registry may take its time for the first byte.
  static RegistryConfig blobs(Config config, RegistryConfig defaults) {
    RegistryConfig registry = registry(config, defaults);
    Duration response = registry.timeouts().response();
    Duration patient = defaults.timeouts().response();
    return registry
        .withTimeouts(
            new RegistryConfig.Timeouts(
                registry.timeouts().connect(),
                response.compareTo(patient) > 0 ? response : patient,
                registry.timeouts().stall()))
        .withRetry(
            new RegistryConfig.Retry(
                BLOB_ATTEMPTS, Duration.ofMillis(config.fetch().minWaitMillis()), BLOB_MAX_WAIT));
  }

  static FetchConfig fetch(Config config) {
    FetchConfig defaults = FetchConfig.defaults();
    io.thaw.config.FetchConfig fetch = config.fetch();
    long memory = fetch.memoryBytes();
    return new FetchConfig(
        fetch.concurrency(),
        config.fill().concurrency(),
        defaults.aheadRequests(),
        Math.min(defaults.demandRangeBytes(), fetch.maxRangeBytes()),
        fetch.maxRangeBytes(),
        memory,
        Math.min(defaults.spoolThresholdBytes(), memory / 4),
        defaults.decodeThreads(),
        fetch.readAhead() ? defaults.readAheadSpans() : 0,
        Duration.ofMillis(fetch.readTimeoutMillis()),
        Duration.ofMillis(fetch.minWaitMillis()),
        Duration.ofMillis(Math.max(fetch.minWaitMillis(), fetch.maxWaitMillis())),
        defaults.corruptAttempts() + fetch.maxVerificationRetries(),
        defaults.corruptRetryAfter(),
        defaults.fillQuiet(),
        defaults.stallTimeout());
  }

  static PullPolicy pull(Config config) {
    Set<SociIndex.Version> versions = EnumSet.noneOf(SociIndex.Version.class);
    if (config.pullModes().sociV1()) {
      versions.add(SociIndex.Version.V1);
    }
    if (config.pullModes().sociV2()) {
      versions.add(SociIndex.Version.V2);
    }
    ParallelPullConfig parallel = config.pullModes().parallel();
    return new PullPolicy(
        versions,
        config.snapshotter().minLayerSizeBytes(),
        config.index().minLayerSizeBytes(),
        Duration.ofMillis(config.snapshotter().mountTimeoutMillis()),
        switch (parallel.mode()) {
          case OFF -> PullPolicy.Parallel.OFF;
          case FALLBACK -> PullPolicy.Parallel.FALLBACK;
          case ALWAYS -> PullPolicy.Parallel.ALWAYS;
        },
        atMost(parallel.maxUnpacks()),
        parallel.maxUnpacksPerImage() == ParallelPullConfig.CHOSEN
            ? PullPolicy.unpacksForThisHost()
            : atMost(parallel.maxUnpacksPerImage()),
        REMEMBER_FOUND,
        REMEMBER_MISSING);
  }

  private static int atMost(int bound) {
    return bound > 0 ? bound : Integer.MAX_VALUE;
  }

  static ParallelDownloads.Limits downloads(Config config) {
    ParallelPullConfig parallel = config.pullModes().parallel();
    FetchConfig fetch = fetch(config);
    return new ParallelDownloads.Limits(
        parallel.maxDownloads(),
        parallel.maxDownloadsPerImage(),
        parallel.chunkBytes(),
        fetch.memoryBytes(),
        fetch.demandTimeout(),
        fetch.backoffInitial(),
        fetch.backoffMax());
  }

  static Decompressors decompressors(Config config) throws IOException {
    Map<String, Decompressors.Program> programs = new TreeMap<>();
    config
        .pullModes()
        .parallel()
        .decompressors()
        .forEach(
            (name, stream) ->
                programs.put(name, new Decompressors.Program(stream.path(), stream.args())));
    return Decompressors.of(programs);
  }
}
