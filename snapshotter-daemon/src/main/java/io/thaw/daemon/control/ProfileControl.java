package io.thaw.daemon.control;

import com.google.protobuf.ByteString;
import io.thaw.daemon.layer.LayerState;
import io.thaw.daemon.profile.ProfileStore;
import io.thaw.daemon.profile.StartRecorder;
import io.thaw.daemon.profile.StoredProfile;
import io.thaw.daemon.snapshot.MetadataStore;
import io.thaw.daemon.snapshot.WhyRecord;
import io.thaw.index.start.StartProfile;
import io.thaw.index.start.StartProfileJson;
import io.thaw.proto.control.v1.BeginRecordingRequest;
import io.thaw.proto.control.v1.BeginRecordingResponse;
import io.thaw.proto.control.v1.ProfileInfo;
import io.thaw.proto.control.v1.ProfilesResponse;
import io.thaw.proto.control.v1.RemoveProfilesResponse;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// The part of the control API that is about start profiles.
public final class ProfileControl {
  private static final int ALL = Integer.MAX_VALUE;
  private static final long USUAL_RECORD_SECONDS = 600;
  private static final long MAX_RECORD_SECONDS = 3_600;

  private final ProfileStore store;
  private final StartRecorder recorder;
  private final MetadataStore metadata;
  private final Supplier<List<LayerState>> layers;

  /// What was asked cannot be done as things are; the message says what to do about it.
  static final class NotPossibleException extends IOException {
    private static final long serialVersionUID = 1L;

    NotPossibleException(String message) {
      super(message);
    }
  }

  /// @param layers all layers of the store
  public ProfileControl(
      ProfileStore store,
      StartRecorder recorder,
      MetadataStore metadata,
      Supplier<List<LayerState>> layers) {
    this.store = store;
    this.recorder = recorder;
    this.metadata = metadata;
    this.layers = layers;
  }

  /// The profiles of what `name` means, or all if it is empty.
  ProfilesResponse list(String name) throws IOException {
    ProfilesResponse.Builder response = ProfilesResponse.newBuilder();
    store.list().stream()
        .filter(stored -> matches(stored, name))
        .sorted(Comparator.comparing(stored -> stored.profile().image()))
        .forEach(stored -> response.addProfiles(info(stored)));
    return response.build();
  }

  ProfileInfo importProfile(ByteString document) throws IOException {
    StartProfile profile = StartProfileJson.read(document.toByteArray());
    store.importProfile(profile);
    return info(store.find(profile.manifest()).orElseThrow());
  }

  RemoveProfilesResponse remove(String name) throws IOException {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("name the image whose profile is to go");
    }
    int removed = 0;
    for (StoredProfile stored : store.list()) {
      if (matches(stored, name) && store.remove(stored.profile().manifest())) {
        removed++;
      }
    }
    return RemoveProfilesResponse.newBuilder().setProfiles(removed).build();
  }

  BeginRecordingResponse begin(BeginRecordingRequest request) throws IOException {
    long seconds = request.getMaxSeconds() == 0 ? USUAL_RECORD_SECONDS : request.getMaxSeconds();
    if (seconds < 1 || seconds > MAX_RECORD_SECONDS) {
      throw new IllegalArgumentException(
          "a recording lasts 1 to %d seconds".formatted(MAX_RECORD_SECONDS));
    }
    Pulled pulled = pulled(request.getName());
    Set<String> lazy =
        layers.get().stream()
            .filter(state -> state.lazy() && !state.settled())
            .map(state -> state.blob().digest().toString())
            .collect(Collectors.toSet());
    List<Digest> readable =
        pulled.layers.stream().filter(lazy::contains).map(Digest::parse).toList();
    int included =
        recorder.begin(pulled.manifest, pulled.image, readable, Duration.ofSeconds(seconds));
    if (included == 0) {
      throw new NotPossibleException(
          "no layer of %s is lazy any more, and reads of ordinary directories are not seen; remove the image and pull it again"
              .formatted(pulled.image));
    }
    return BeginRecordingResponse.newBuilder()
        .setManifestDigest(pulled.manifest.toString())
        .setImage(pulled.image)
        .setLayers(included)
        .setLayersNotSeen(pulled.layers.size() - included)
        .build();
  }

  ProfileInfo finish(String name) throws IOException {
    Pulled pulled = pulled(name);
    return info(
        recorder
            .finish(pulled.manifest)
            .orElseThrow(
                () ->
                    new NotPossibleException(
                        "nothing is being recorded for %s, or nothing of it was read"
                            .formatted(pulled.image))));
  }

  private record Pulled(String image, Digest manifest, List<String> layers) {}

  /// The one image on this node that `name` means.
  private Pulled pulled(String name) throws IOException {
    Map<String, Pulled> found = new LinkedHashMap<>();
    for (WhyRecord why : metadata.why(ALL)) {
      boolean meant =
          !name.isEmpty()
              && (Names.isReference(why.image(), name) || Names.isDigest(why.manifest(), name));
      if (meant && !why.manifest().isEmpty()) {
        found
            .computeIfAbsent(
                why.manifest(),
                manifest -> new Pulled(why.image(), Digest.parse(manifest), new ArrayList<>()))
            .layers
            .add(why.layerDigest());
      }
    }
    if (found.isEmpty()) {
      throw new NotPossibleException(
          "no image %s was pulled on this node; \"thaw status\" lists those that were"
              .formatted(name));
    }
    if (found.size() > 1) {
      throw new NotPossibleException(
          "%s means %d images here, %s; name one by its digest"
              .formatted(name, found.size(), String.join(", ", found.keySet())));
    }
    return found.values().iterator().next();
  }

  private static boolean matches(StoredProfile stored, String name) {
    return name.isEmpty()
        || Names.isReference(stored.profile().image(), name)
        || Names.isDigest(stored.profile().manifest().toString(), name);
  }

  private ProfileInfo info(StoredProfile stored) {
    return ProfileInfo.newBuilder()
        .setManifestDigest(stored.profile().manifest().toString())
        .setImage(stored.profile().image())
        .setOrigin(stored.origin().name().toLowerCase(Locale.ROOT))
        .setAwaitsImage(stored.awaitsImage())
        .setRecording(recorder.isRecording(stored.profile().manifest()))
        .setDocument(ByteString.copyFrom(StartProfileJson.write(stored.profile())))
        .build();
  }
}
