package io.thaw.cli.builder;

import io.thaw.cli.builder.web.BuilderServer;
import io.thaw.cli.builder.web.BuilderService;
import io.thaw.cli.builder.web.NetworkRegistries;
import io.thaw.cli.builder.web.Secrets;
import io.thaw.config.BuilderConfig;
import io.thaw.registry.DockerConfigCredentials;
import io.thaw.registry.hosts.ProxyRules;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `thaw builder run`.
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = {
      "Run the service until it is told to end (SIGTERM, Ctrl-C).",
      "",
      "Logs JSON lines on standard error. Credentials are those of \"docker login\"."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw builder run --config /etc/thaw/builder.toml",
      "",
      "Exit codes: 0 told to end, 1 could not start, 2 wrong usage."
    })
final class BuilderRunCommand implements Callable<Integer> {
  private static final Logger log = LoggerFactory.getLogger(BuilderRunCommand.class);

  @Mixin private ConfigOption config = new ConfigOption();

  @Override
  public Integer call() throws IOException {
    BuilderConfig settings = config.load();
    ServiceLog.start(settings.log().level());
    settings.warnings().forEach(warning -> log.warn("{}", warning));
    boolean loopback = BuilderServer.isLoopback(settings.listen());
    BuilderService.prepareRoot(settings.root());
    Secrets secrets = Secrets.forService(settings, System.getenv(), loopback);
    NetworkRegistries registries =
        new NetworkRegistries(
            settings, DockerConfigCredentials.standard(System.getenv()), proxies());
    BuilderService service;
    try {
      service = BuilderService.start(settings, secrets, registries);
    } catch (IOException e) {
      registries.close();
      throw e;
    }
    Runtime.getRuntime()
        .addShutdownHook(Thread.ofPlatform().name("end").unstarted(() -> end(service, registries)));
    awaitForever();
    return 0;
  }

  private static ProxyRules proxies() throws IOException {
    try {
      return ProxyRules.of(System.getenv());
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /// Being told to end is no failure, so the status is 0 and not that of the signal.
  private static void end(BuilderService service, NetworkRegistries registries) {
    int status = 0;
    try {
      service.close();
    } catch (IOException | RuntimeException e) {
      log.error("The builder did not end in order: {}", e.getMessage(), e);
      status = 1;
    }
    registries.close();
    Runtime.getRuntime().halt(status);
  }

  private static void awaitForever() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
