package io.thaw.cli.builder.web;

import io.thaw.cli.builder.intake.Intake;
import io.thaw.cli.builder.intake.Notices;
import io.thaw.cli.builder.intake.Rules;
import io.thaw.cli.builder.queue.JobState;
import io.thaw.cli.builder.queue.JobStore;
import io.thaw.cli.builder.queue.RetryPlan;
import io.thaw.cli.builder.work.ImageIndexer;
import io.thaw.cli.builder.work.Workers;
import io.thaw.config.BuilderConfig;
import io.thaw.config.ListenAddress;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The running builder: queue, workers, server. The only place where they are put together.
public final class BuilderService implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BuilderService.class);

  private final FileChannel lock;
  private final JobStore store;
  private final Workers workers;
  private final BuilderMetrics metrics;
  private final BuilderServer server;
  private final ListenAddress listen;
  private final Duration grace;

  private BuilderService(
      FileChannel lock,
      JobStore store,
      Workers workers,
      BuilderMetrics metrics,
      BuilderServer server,
      ListenAddress listen,
      Duration grace) {
    this.lock = lock;
    this.store = store;
    this.workers = workers;
    this.metrics = metrics;
    this.server = server;
    this.listen = listen;
    this.grace = grace;
  }

  /// What reaches registries.
  public interface Registries {
    /// Indexes images.
    ImageIndexer indexer();

    /// What a reference points to now.
    Digest resolve(Reference reference) throws IOException;
  }

  /// Starts everything; when this returns, requests are answered.
  ///
  /// @throws IOException if the address or the root is taken, or the queue cannot be used
  public static BuilderService start(BuilderConfig config, Secrets secrets, Registries registries)
      throws IOException {
    Path root = config.root();
    prepareRoot(root);
    FileChannel lock = lock(root);
    try {
      JobStore store =
          JobStore.open(
              root.resolve("queue.db"),
              limits(config),
              InstantSource.system(),
              RandomGenerator.getDefault());
      try {
        return start(config, secrets, registries, lock, store);
      } catch (IOException e) {
        store.close();
        throw e;
      }
    } catch (IOException e) {
      lock.close();
      throw e;
    }
  }

  private static BuilderService start(
      BuilderConfig config,
      Secrets secrets,
      Registries registries,
      FileChannel lock,
      JobStore store)
      throws IOException {
    InstantSource clock = InstantSource.system();
    BuilderMetrics metrics = new BuilderMetrics();
    Rules rules = new Rules(config);
    Notices notices = new Notices();
    Intake intake = new Intake(rules, store, notices, clock, metrics::decided);
    Workers workers =
        new Workers(
            store,
            rules::rule,
            registries.indexer(),
            metrics,
            config.root().resolve("work"),
            clock);
    for (JobState state : JobState.values()) {
      metrics.jobs(state, () -> count(store, state));
    }
    boolean openToRead =
        BuilderServer.isLoopback(config.listen()) && secrets.readSecret().isEmpty();
    Access access =
        new Access(
            secrets.secret(),
            secrets.readSecret(),
            openToRead,
            Duration.ofSeconds(config.auth().maxClockSkewSeconds()),
            clock);
    BuilderApi api =
        new BuilderApi(rules, intake, store, workers, notices, registries::resolve, clock);
    BuilderServer server =
        BuilderServer.start(
            config.listen(), new Routes(access, api, metrics, config.maxBodyBytes()));
    ListenAddress listen = new ListenAddress(config.listen().host(), server.port());
    try {
      workers.start(config.concurrency());
    } catch (IOException e) {
      server.close();
      throw e;
    }
    log.info("The builder listens at http://{}/", listen);
    return new BuilderService(
        lock,
        store,
        workers,
        metrics,
        server,
        listen,
        Duration.ofSeconds(config.shutdownGraceSeconds()));
  }

  /// Where it listens; the port is the one that was taken.
  public ListenAddress listen() {
    return listen;
  }

  private static JobStore.Limits limits(BuilderConfig config) {
    BuilderConfig.BuilderQueue queue = config.queue();
    return new JobStore.Limits(
        queue.maxJobs(),
        queue.history(),
        new RetryPlan(
            queue.maxAttempts(),
            Duration.ofSeconds(queue.minWaitSeconds()),
            Duration.ofSeconds(queue.maxWaitSeconds())));
  }

  private static long count(JobStore store, JobState state) {
    try {
      return store.counts().getOrDefault(state, 0L);
    } catch (IOException e) {
      log.error("The queue cannot be read: {}", e.getMessage());
      return -1;
    }
  }

  /// Makes the root directory, for its owner only, if it is not there.
  public static void prepareRoot(Path root) throws IOException {
    if (!Files.isDirectory(root)) {
      Files.createDirectories(
          root, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
  }

  /// Keeps a second builder from the same root; the kernel frees it when the process dies.
  private static FileChannel lock(Path root) throws IOException {
    FileChannel file =
        FileChannel.open(root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (file.tryLock() != null) {
        return file;
      }
    } catch (OverlappingFileLockException e) {
      log.debug("this process itself holds the lock", e);
    }
    file.close();
    throw new IOException("another builder uses " + root + "; stop it, or choose another root");
  }

  /// Stops listening, lets running jobs end within the configured grace, queues the others again.
  @Override
  public void close() throws IOException {
    log.info("The builder ends; running jobs have {} s", grace.toSeconds());
    server.close();
    workers.close(grace);
    store.close();
    metrics.close();
    lock.close();
  }
}
