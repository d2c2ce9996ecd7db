package io.thaw.cli.builder.web;

import io.thaw.cli.builder.work.ImageIndexer;
import io.thaw.cli.builder.work.RegistryImageIndexer;
import io.thaw.config.BuilderConfig;
import io.thaw.config.BuilderConfig.BuilderRegistry;
import io.thaw.registry.CredentialSource;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.RegistryConfig;
import io.thaw.registry.hosts.ProxyRules;
import java.io.IOException;
import java.time.Duration;
import java.util.stream.Collectors;

/// The registries of the configuration, over the network.
public final class NetworkRegistries implements BuilderService.Registries, AutoCloseable {
  private static final RegistryConfig.Retry PATIENT =
      new RegistryConfig.Retry(5, Duration.ofMillis(200), Duration.ofSeconds(20));

  /// For requests somebody waits for.
  private static final RegistryConfig.Retry PROMPT =
      new RegistryConfig.Retry(2, Duration.ofMillis(200), Duration.ofSeconds(1));

  private final RegistryClient client;
  private final RegistryClient promptClient;
  private final ImageIndexer indexer;

  /// @param proxy proxies of the process' environment
  public NetworkRegistries(BuilderConfig config, CredentialSource credentials, ProxyRules proxy) {
    RegistryConfig base =
        RegistryConfig.defaults()
            .withUserAgent("thaw-builder")
            .withProxy(proxy)
            .withPlainHttpHosts(
                config.registries().stream()
                    .filter(BuilderRegistry::plainHttp)
                    .map(BuilderRegistry::host)
                    .collect(Collectors.toSet()))
            .withInsecureHosts(
                config.registries().stream()
                    .filter(BuilderRegistry::insecure)
                    .map(BuilderRegistry::host)
                    .collect(Collectors.toSet()));
    this.client = RegistryClient.create(base.withRetry(PATIENT), credentials);
    this.promptClient = RegistryClient.create(base.withRetry(PROMPT), credentials);
    int processors = Runtime.getRuntime().availableProcessors();
    this.indexer = new RegistryImageIndexer(client, Math.max(1, processors / config.concurrency()));
  }

  @Override
  public ImageIndexer indexer() {
    return indexer;
  }

  @Override
  public Digest resolve(Reference reference) throws IOException {
    return promptClient.resolve(reference).digest();
  }

  @Override
  public void close() {
    client.close();
    promptClient.close();
  }
}
