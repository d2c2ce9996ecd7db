package io.thaw.daemon.main;

import io.thaw.config.Config;
import io.thaw.daemon.control.ControlService;
import io.thaw.daemon.control.Diagnoser;
import io.thaw.daemon.control.FillRates;
import io.thaw.daemon.control.ProfileControl;
import io.thaw.daemon.control.StatusReader;
import io.thaw.daemon.control.TimelineReader;
import io.thaw.daemon.fetch.FetchCounters;
import io.thaw.daemon.image.Explainer;
import io.thaw.daemon.image.NodeZtocs;
import io.thaw.daemon.image.Prewarmer;
import io.thaw.daemon.image.StoredLayers;
import io.thaw.daemon.snapshot.MetadataStore;
import io.thaw.daemon.snapshot.Pin;
import io.thaw.daemon.snapshot.Snapshotter;
import io.thaw.daemon.timeline.Timelines;
import io.thaw.proto.control.v1.VersionResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the control API needs of the daemon, wired; and the life of pins.
final class ControlParts implements Prewarmer.Keeper {
  private static final Logger LOG = LoggerFactory.getLogger(ControlParts.class);
  private static final long SAMPLE_SECONDS = 1;

  private final MetadataStore metadata;
  private final Snapshotter snapshotter;
  private final StoredLayers layers;
  private final Explainer explainer;
  private final Prewarmer prewarmer;
  private final ProfileParts profiles;
  private final Timelines timelines;
  private final Registries registries;

  ControlParts(
      Config config,
      MetadataStore metadata,
      Snapshotter snapshotter,
      StoredLayers layers,
      NodeZtocs nodeZtocs,
      Registries registries,
      ProfileParts profiles,
      Timelines timelines) {
    this.metadata = metadata;
    this.snapshotter = snapshotter;
    this.layers = layers;
    this.profiles = profiles;
    this.timelines = timelines;
    this.registries = registries;
    explainer =
        new Explainer(
            registries.indexes(),
            layers,
            nodeZtocs,
            Settings.pull(config),
            registries.credentials()::describe);
    prewarmer =
        new Prewarmer(
            registries.indexes(),
            layers,
            nodeZtocs,
            Settings.pull(config),
            profiles.starts(),
            this,
            Duration.ofMillis(config.fetch().readTimeoutMillis()));
  }

  /// The service; samples the speed of the fill from now on.
  ControlService service(Closers closers, FetchCounters counters, Path root, Disk disk) {
    FillRates rates = new FillRates(System::nanoTime);
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("rates").daemon(true).factory());
    var _ =
        timer.scheduleWithFixedDelay(
            () -> rates.sample(layers.states(), counters.bytesFetched()),
            SAMPLE_SECONDS,
            SAMPLE_SECONDS,
            TimeUnit.SECONDS);
    closers.add("rates timer", timer::shutdownNow);
    VersionResponse version = version();
    StatusReader status =
        new StatusReader(
            version,
            metadata,
            new StatusReader.Node(
                root,
                layers::states,
                layers::emptied,
                disk.space()::state,
                disk.bound()::state,
                disk.memory()::usedBytes),
            rates,
            counters);
    ProfileControl ofProfiles =
        new ProfileControl(profiles.store(), profiles.recorder(), metadata, layers::states);
    TimelineReader ofTimelines = new TimelineReader(timelines, metadata);
    Diagnoser diagnoser =
        new Diagnoser(
            version,
            root,
            metadata,
            registries.indexes(),
            explainer,
            registries.credentials()::describe);
    return new ControlService(
        status, explainer, prewarmer, this::drop, ofProfiles, ofTimelines, diagnoser);
  }

  private static VersionResponse version() {
    String version = ControlParts.class.getPackage().getImplementationVersion();
    Instant now = Instant.now();
    return VersionResponse.newBuilder()
        .setVersion(version == null ? "(development)" : version)
        .setStartedNanos(TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano())
        .setPid(ProcessHandle.current().pid())
        .build();
  }

  /// Forgets pins of layers that are gone; to be called before anything is removed or made.
  void retainPins() throws IOException {
    metadata.retainPins(layers.numbers());
  }

  /// Goes on with what was promised before the restart.
  void resume() throws IOException {
    Instant now = Instant.now();
    List<Pin> pins = metadata.pins().stream().filter(pin -> pin.expires().isAfter(now)).toList();
    prewarmer.resume(pins);
  }

  /// Ends the pins whose time is over. Never throws: it is called by a timer.
  void expirePins() {
    try {
      int expired = metadata.expirePins(Instant.now());
      if (expired > 0) {
        LOG.atInfo().addKeyValue("layers", expired).log("prewarmed layers are kept no longer");
        snapshotter.cleanup();
      }
    } catch (IOException | RuntimeException e) {
      LOG.atWarn().setCause(e).log("expired layers could not be removed; tried again in a minute");
    }
  }

  private int drop(String image) throws IOException {
    int dropped = metadata.unpin(image);
    if (dropped > 0) {
      snapshotter.cleanup();
    }
    return dropped;
  }

  @Override
  public void keep(List<Pin> pins) throws IOException {
    metadata.pin(pins);
  }

  @Override
  public void tidy() throws IOException {
    snapshotter.cleanup();
  }
}
