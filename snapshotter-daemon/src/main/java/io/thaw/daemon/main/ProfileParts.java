package io.thaw.daemon.main;

import io.thaw.config.Config;
import io.thaw.config.ProfileConfig;
import io.thaw.daemon.image.StoredLayers;
import io.thaw.daemon.profile.ImageStarts;
import io.thaw.daemon.profile.ProfileLimits;
import io.thaw.daemon.profile.ProfileStore;
import io.thaw.daemon.profile.StartProfiles;
import io.thaw.daemon.profile.StartRecorder;
import io.thaw.daemon.snapshot.MetadataStore;
import io.thaw.daemon.snapshot.WhyRecord;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Start profiles, wired.
record ProfileParts(ProfileStore store, StartRecorder recorder, ImageStarts starts) {
  private static final Logger LOG = LoggerFactory.getLogger(ProfileParts.class);
  private static final long LOOK_MILLIS = 500;

  static ProfileParts open(Config config, Path root, Closers closers) throws IOException {
    ProfileConfig told = config.profile();
    ProfileLimits limits =
        new ProfileLimits(
            told.enabled(),
            Duration.ofMillis(told.quietMillis()),
            Duration.ofMillis(told.longestMillis()),
            told.mostBytes(),
            told.mostImages());
    ProfileStore store = ProfileStore.open(root.resolve("profiles"), limits.mostImages());
    StartRecorder recorder = new StartRecorder(store, limits);
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("profiles").daemon(true).factory());
    var _ =
        timer.scheduleWithFixedDelay(
            recorder::endOver, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    closers.add("profiles timer", timer::shutdownNow);
    return new ProfileParts(store, recorder, new StartProfiles(store, recorder, limits));
  }

  /// Forgets what belongs to images and layers that have gone. Never throws: it is called by a
  /// timer.
  void retain(MetadataStore metadata, StoredLayers layers) {
    try {
      Set<String> here =
          metadata.why(Integer.MAX_VALUE).stream()
              .flatMap(why -> names(why).stream())
              .collect(Collectors.toSet());
      int gone =
          store.retain(
              profile ->
                  here.contains(profile.manifest().toString()) || here.contains(profile.image()));
      if (gone > 0) {
        LOG.atInfo().addKeyValue("profiles", gone).log("forgot start profiles with their images");
      }
      Set<Digest> kept =
          layers.states().stream().map(s -> s.blob().digest()).collect(Collectors.toSet());
      recorder.retainLayers(kept::contains);
    } catch (IOException | RuntimeException e) {
      LOG.atWarn()
          .setCause(e)
          .log("start profiles of removed images stay; tried again in a minute");
    }
  }

  private static Set<String> names(WhyRecord why) {
    return why.manifest().isEmpty() ? Set.of(why.image()) : Set.of(why.manifest());
  }
}
