package io.thaw.daemon.main;

import com.sun.management.OperatingSystemMXBean;
import io.grpc.BindableService;
import io.thaw.config.Config;
import io.thaw.config.IndexConfig;
import io.thaw.daemon.debug.DebugServer;
import io.thaw.daemon.fetch.FetchCounters;
import io.thaw.daemon.fetch.ParallelDownloads;
import io.thaw.daemon.fetch.SpanScheduler;
import io.thaw.daemon.grpc.SnapshotsService;
import io.thaw.daemon.grpc.UnixSocketServer;
import io.thaw.daemon.image.ImagePuller;
import io.thaw.daemon.image.NodeZtocs;
import io.thaw.daemon.image.StoredLayers;
import io.thaw.daemon.layer.LayerReads;
import io.thaw.daemon.layer.LayerStore;
import io.thaw.daemon.layer.RegistryBlobSources;
import io.thaw.daemon.metrics.DaemonMetrics;
import io.thaw.daemon.metrics.MetricsServer;
import io.thaw.daemon.metrics.NodeMetrics;
import io.thaw.daemon.snapshot.MetadataStore;
import io.thaw.daemon.snapshot.OverlayMounts;
import io.thaw.daemon.snapshot.SnapshotDirectories;
import io.thaw.daemon.snapshot.Snapshotter;
import io.thaw.daemon.timeline.Timelines;
import io.thaw.index.store.ArtifactStore;
import io.thaw.index.zstd.NativeFrameDecoder;
import io.thaw.registry.RegistryClient;
import io.thaw.ztoc.SpanExtractor;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The running daemon: everything wired, in the order of need, and taken apart in the reverse.
public final class Daemon implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);
  private static final long STOP_MILLIS = 5_000;
  private static final long SWEEP_SECONDS = 60;
  private static final long SAMPLE_MILLIS = 200;

  private final Closers closers;
  private final UnixSocketServer server;
  private final MountLife mounts;

  private Daemon(Closers closers, UnixSocketServer server, MountLife mounts) {
    this.closers = closers;
    this.server = server;
    this.mounts = mounts;
  }

  /// Starts and serves; containerd can connect when this returns.
  ///
  /// @param environment of the process; names docker's configuration
  /// @throws IOException if something it needs cannot be had; nothing is left behind then
  public static Daemon start(Config config, Map<String, String> environment) throws IOException {
    return start(config, environment, Optional.empty());
  }

  /// As [#start(Config, Map)], on a socket that was passed, if one was.
  static Daemon start(
      Config config, Map<String, String> environment, Optional<ActivatedSocket> passed)
      throws IOException {
    Closers closers = new Closers();
    try {
      return wire(config, environment, passed, closers);
    } catch (IOException | RuntimeException e) {
      closers.close();
      throw e;
    }
  }

  private static Daemon wire(
      Config config,
      Map<String, String> environment,
      Optional<ActivatedSocket> passed,
      Closers closers)
      throws IOException {
    Path configured = config.root().toAbsolutePath().normalize();
    Files.createDirectories(configured);
    // Mounts are listed by their real paths; those of an earlier daemon must be found.
    Path root = configured.toRealPath();
    SnapshotDirectories directories = SnapshotDirectories.open(root);
    closers.add("lock of the root", RootLock.take(root));
    ProcMounts mounts = new ProcMounts();
    DaemonMetrics metrics = closers.add("metrics", new DaemonMetrics());
    MetadataStore metadata =
        closers.add("metadata", MetadataStore.open(root.resolve("metadata.db")));
    FetchCounters counters = new FetchCounters();
    Registries registries = Registries.open(config, environment, root, closers);
    Disk disk = Disk.open(config.cache(), root.resolve("layers"));
    ProfileParts profiles = ProfileParts.open(config, root, closers);
    Timelines timelines = timelines(closers);
    LayerStore store =
        layerStore(
            config,
            registries.layers(),
            root,
            disk,
            metrics,
            counters,
            blob -> LayerReads.both(profiles.recorder().of(blob), timelines.of(blob)),
            closers);
    // After the store, so that mounts are left or ended while reads can still be answered.
    MountLife life =
        closers.add(
            "mounts", MountLife.begin(config.fuse(), environment, root, mounts, metrics.fuse()));
    StoredLayers layers =
        new StoredLayers(store, life.mounter(), mounts, fillStart(config, closers));
    disk.watch(store, layers, metadata, mounts, closers);
    disk.show(metrics);
    NodeZtocs nodeZtocs = nodeZtocs(config, root, closers);
    ImagePuller puller =
        closers.add(
            "puller",
            new ImagePuller(
                registries.indexes(),
                layers,
                nodeZtocs,
                Settings.pull(config),
                profiles.starts(),
                timelines,
                metrics::layerAnswered));
    Snapshotter snapshotter =
        new Snapshotter(metadata, directories, OverlayMounts.detect(), layers, puller);
    NodeMetrics.register(metrics, counters, layers::states, root);
    NodeMetrics.node(
        metrics,
        nodeZtocs::pulledBytes,
        () -> registries.layers().mirrorsDistrusted() + registries.indexes().mirrorsDistrusted());
    ControlParts control =
        new ControlParts(
            config, metadata, snapshotter, layers, nodeZtocs, registries, profiles, timelines);
    control.retainPins();
    snapshotter.restore();
    life.restored();
    cleanup(snapshotter);
    control.resume();
    sweepNowAndThen(
        () -> {
          puller.forgetOld();
          control.expirePins();
          profiles.retain(metadata, layers);
          timelines.retainLayers(layers::has);
        },
        closers);
    if (config.debug().serves()) {
      closers.add("debug endpoint", DebugServer.start(config.debug().address()));
    }
    if (config.metrics().serves()) {
      closers.add("metrics endpoint", MetricsServer.start(config.metrics().address(), metrics));
    }
    List<BindableService> services =
        List.of(
            new SnapshotsService(snapshotter, metrics::callEnded),
            control.service(closers, counters, root, disk));
    UnixSocketServer server =
        closers.add(
            "server",
            passed.isPresent()
                ? UnixSocketServer.adopt(
                    passed.get().fd(), passed.get().path(), services, registries.imageService())
                : UnixSocketServer.start(config.address(), services, registries.imageService()));
    return new Daemon(closers, server, life);
  }

  private static LayerStore layerStore(
      Config config,
      RegistryClient blobs,
      Path root,
      Disk disk,
      DaemonMetrics metrics,
      FetchCounters counters,
      LayerReads.Factory reads,
      Closers closers)
      throws IOException {
    SpanScheduler scheduler =
        closers.add(
            "scheduler", SpanScheduler.start(Settings.fetch(config), counters, disk.bound()));
    ParallelDownloads downloads = new ParallelDownloads(Settings.downloads(config));
    NodeMetrics.eager(metrics, downloads);
    return closers.add(
        "layer store",
        LayerStore.open(
            root.resolve("layers"),
            scheduler,
            new RegistryBlobSources(blobs, metrics::registryAnswered),
            new SpanExtractor(NativeFrameDecoder.DECODERS),
            downloads,
            Settings.decompressors(config),
            disk.space(),
            disk.memory(),
            reads));
  }

  private static Timelines timelines(Closers closers) {
    Timelines timelines =
        new Timelines(
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)::getProcessCpuTime);
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("timelines").daemon(true).factory());
    var _ =
        timer.scheduleWithFixedDelay(
            timelines::sample, SAMPLE_MILLIS, SAMPLE_MILLIS, TimeUnit.MILLISECONDS);
    closers.add("timelines timer", timer::shutdownNow);
    return timelines;
  }

  private static StoredLayers.FillStart fillStart(Config config, Closers closers) {
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("fill-start").daemon(true).factory());
    closers.add("fill timer", timer::shutdownNow);
    return new StoredLayers.FillStart(
        config.fill().enabled(), config.fill().startDelayMillis(), timer);
  }

  /// The store of the node's own indexes lies where `thaw create` keeps its own, so that each uses
  /// what the other made.
  private static NodeZtocs nodeZtocs(Config config, Path root, Closers closers) throws IOException {
    IndexConfig index = config.index();
    if (!index.useLocal() && !index.buildOnPull()) {
      return NodeZtocs.NONE;
    }
    ArtifactStore store = closers.add("index store", ArtifactStore.open(root));
    NodeZtocs ztocs =
        NodeZtocs.in(store, index.useLocal(), index.buildOnPull(), index.maxSizeBytes());
    ztocs.enforceBound();
    return ztocs;
  }

  /// What a crash left behind goes now; a failure is no reason not to serve.
  private static void cleanup(Snapshotter snapshotter) {
    try {
      snapshotter.sweep();
    } catch (IOException e) {
      LOG.atWarn().setCause(e).log("leftovers could not be removed; the next cleanup tries again");
    }
  }

  private static void sweepNowAndThen(Runnable sweep, Closers closers) {
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("sweep").daemon(true).factory());
    var _ = timer.scheduleWithFixedDelay(sweep, SWEEP_SECONDS, SWEEP_SECONDS, TimeUnit.SECONDS);
    closers.add("sweep timer", timer::shutdownNow);
  }

  /// Where containerd connects.
  public Path socket() {
    return server.socket();
  }

  /// Closing unmounts everything from now on, instead of leaving it to the next daemon.
  public void endMounts() {
    mounts.endWithDaemon();
  }

  /// Takes no new calls, ends those under way, and leaves all mounts to the next daemon: who reads
  /// meanwhile waits. Everything is on disk. Bounded in time.
  @Override
  public void close() {
    server.stop(STOP_MILLIS);
    closers.close();
  }
}
