package io.thaw.daemon.profile;

import io.thaw.index.PrefetchArtifact.SpanRange;
import io.thaw.index.start.StartPlan;
import io.thaw.index.start.StartProfile;
import io.thaw.registry.Digest;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What this node knows of starts, as the puller asks for it.
public final class StartProfiles implements ImageStarts {
  private static final Logger LOG = LoggerFactory.getLogger(StartProfiles.class);

  private final ProfileStore store;
  private final StartRecorder recorder;
  private final boolean enabled;

  public StartProfiles(ProfileStore store, StartRecorder recorder, ProfileLimits limits) {
    this.store = store;
    this.recorder = recorder;
    this.enabled = limits.enabled();
  }

  @Override
  public ImageStart of(Digest manifest, String image) {
    Optional<StartProfile> known =
        enabled ? store.find(manifest).map(StoredProfile::profile) : Optional.empty();
    List<List<SpanRange>> plan = known.map(StartPlan::of).orElse(List.of());
    known.ifPresent(
        profile ->
            LOG.atInfo()
                .addKeyValue("image", image)
                .addKeyValue("manifest", manifest.toString())
                .addKeyValue("spans", profile.wanted().size())
                .addKeyValue(
                    "bytes", profile.wanted().stream().mapToLong(StartProfile.Step::bytes).sum())
                .addKeyValue("ranges", plan.stream().mapToInt(List::size).sum())
                .log("found a start profile"));
    return new ImageStart() {
      @Override
      public Optional<List<SpanRange>> wanted(Digest layer, Digest ztoc) {
        if (known.isEmpty()) {
          return Optional.empty();
        }
        OptionalInt place = known.get().indexOf(layer, ztoc);
        return place.isPresent() ? Optional.of(plan.get(place.getAsInt())) : Optional.empty();
      }

      @Override
      public void opened(Digest layer) {
        recorder.pulled(manifest, image, layer);
      }
    };
  }
}
