package io.thaw.registry;

import io.thaw.registry.hosts.HostSource;
import io.thaw.registry.hosts.ProxyRules;
import java.time.Duration;
import java.util.Set;

/// All limits and host rules of a [RegistryClient].
///
/// Hosts are written as in references, `host` (any port) or `host:port`.
///
/// @param timeouts how long to wait for what
/// @param retry how often and how spaced failing requests are repeated
/// @param limits bounds on what is accepted from outside
/// @param plainHttpHosts hosts spoken to over plain HTTP, besides the local ones
/// @param insecureHosts hosts whose TLS certificate is not checked
/// @param hosts mirrors of registries and how hosts are spoken to
/// @param proxy proxies requests go through
/// @param userAgent value of the `User-Agent` header
public record RegistryConfig(
    Timeouts timeouts,
    Retry retry,
    Limits limits,
    Set<String> plainHttpHosts,
    Set<String> insecureHosts,
    HostSource hosts,
    ProxyRules proxy,
    String userAgent) {

  public RegistryConfig {
    plainHttpHosts = Set.copyOf(plainHttpHosts);
    insecureHosts = Set.copyOf(insecureHosts);
    if (userAgent.isBlank() || !userAgent.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
      throw new IllegalArgumentException("user agent must be printable ASCII and not blank");
    }
  }

  /// How long to wait for what.
  ///
  /// @param connect until the connection stands
  /// @param response from sending a request to its response headers
  /// @param stall longest silence while a body arrives
  public record Timeouts(Duration connect, Duration response, Duration stall) {
    public Timeouts {
      checkPositive("connect timeout", connect);
      checkPositive("response timeout", response);
      checkPositive("stall timeout", stall);
    }
  }

  /// Waits are drawn evenly from zero to `minWait · 2^(attempt-1)`, capped at `maxWait`;
  /// `Retry-After` is honoured up to `maxWait`.
  ///
  /// @param maxAttempts how often a request is sent at most, 1 for no retries
  /// @param minWait upper bound of the first wait
  /// @param maxWait cap of every wait
  public record Retry(int maxAttempts, Duration minWait, Duration maxWait) {
    public Retry {
      if (maxAttempts < 1 || maxAttempts > 100) {
        throw new IllegalArgumentException("max attempts must be 1 to 100, is " + maxAttempts);
      }
      checkPositive("min wait", minWait);
      checkPositive("max wait", maxWait);
    }
  }

  /// Bounds on what is used and accepted.
  ///
  /// @param maxConcurrentPerHost requests in flight to one host, bodies included
  /// @param maxRedirects redirects followed for one request
  /// @param maxManifestBytes largest manifest, index or referrers page accepted
  /// @param maxSkipBytes most bytes thrown away to reach a range on a server that ignores ranges
  /// @param maxReferrers most referrers collected for one subject
  public record Limits(
      int maxConcurrentPerHost,
      int maxRedirects,
      int maxManifestBytes,
      long maxSkipBytes,
      int maxReferrers) {
    public Limits {
      if (maxConcurrentPerHost < 1 || maxManifestBytes < 1 || maxReferrers < 1) {
        throw new IllegalArgumentException(
            "limits on concurrency, manifest size and referrers must be at least 1");
      }
      if (maxRedirects < 0 || maxSkipBytes < 0) {
        throw new IllegalArgumentException("limits on redirects and skipping must be at least 0");
      }
    }
  }

  /// The shipped defaults: verified TLS everywhere but on local hosts, no special hosts.
  public static RegistryConfig defaults() {
    return new RegistryConfig(
        new Timeouts(Duration.ofSeconds(5), Duration.ofSeconds(30), Duration.ofSeconds(20)),
        new Retry(8, Duration.ofMillis(100), Duration.ofSeconds(30)),
        new Limits(64, 5, 8 << 20, 64L << 20, 10_000),
        Set.of(),
        Set.of(),
        HostSource.none(),
        ProxyRules.none(),
        "thaw");
  }

  /// This configuration with other timeouts.
  public RegistryConfig withTimeouts(Timeouts other) {
    return new RegistryConfig(
        other, retry, limits, plainHttpHosts, insecureHosts, hosts, proxy, userAgent);
  }

  /// This configuration with other retry rules.
  public RegistryConfig withRetry(Retry other) {
    return new RegistryConfig(
        timeouts, other, limits, plainHttpHosts, insecureHosts, hosts, proxy, userAgent);
  }

  /// This configuration with other limits.
  public RegistryConfig withLimits(Limits other) {
    return new RegistryConfig(
        timeouts, retry, other, plainHttpHosts, insecureHosts, hosts, proxy, userAgent);
  }

  /// This configuration with other hosts spoken to over plain HTTP.
  public RegistryConfig withPlainHttpHosts(Set<String> other) {
    return new RegistryConfig(
        timeouts, retry, limits, other, insecureHosts, hosts, proxy, userAgent);
  }

  /// This configuration with other hosts whose certificate is not checked.
  public RegistryConfig withInsecureHosts(Set<String> other) {
    return new RegistryConfig(
        timeouts, retry, limits, plainHttpHosts, other, hosts, proxy, userAgent);
  }

  /// This configuration with other rules for hosts.
  public RegistryConfig withHosts(HostSource other) {
    return new RegistryConfig(
        timeouts, retry, limits, plainHttpHosts, insecureHosts, other, proxy, userAgent);
  }

  /// This configuration with other proxies.
  public RegistryConfig withProxy(ProxyRules other) {
    return new RegistryConfig(
        timeouts, retry, limits, plainHttpHosts, insecureHosts, hosts, other, userAgent);
  }

  /// This configuration with another user agent.
  public RegistryConfig withUserAgent(String other) {
    return new RegistryConfig(
        timeouts, retry, limits, plainHttpHosts, insecureHosts, hosts, proxy, other);
  }

  private static void checkPositive(String name, Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(name + " must be positive, is " + value);
    }
  }
}
