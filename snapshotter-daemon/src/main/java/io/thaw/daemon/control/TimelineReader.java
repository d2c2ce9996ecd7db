package io.thaw.daemon.control;

import io.thaw.daemon.control.ProfileControl.NotPossibleException;
import io.thaw.daemon.snapshot.MetadataStore;
import io.thaw.daemon.snapshot.StoredSnapshot;
import io.thaw.daemon.snapshot.WhyRecord;
import io.thaw.daemon.snapshot.filter.Filter;
import io.thaw.daemon.timeline.ImageTimeline.Told;
import io.thaw.daemon.timeline.TimelineEvent;
import io.thaw.daemon.timeline.Timelines;
import io.thaw.proto.control.v1.TimelineLayer;
import io.thaw.proto.control.v1.TimelineResponse;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Finds the timeline somebody asks for, by whatever name.
public final class TimelineReader {
  private static final int ALL = Integer.MAX_VALUE;

  /// As docker and nerdctl abbreviate ids.
  private static final int SHORTEST_ID = 12;

  private final Timelines timelines;
  private final MetadataStore metadata;

  public TimelineReader(Timelines timelines, MetadataStore metadata) {
    this.timelines = timelines;
    this.metadata = metadata;
  }

  /// The timeline of an image, or of the image below a snapshot; a container's snapshot has the
  /// container's id for its key.
  ///
  /// @throws NotPossibleException if there is none
  TimelineResponse read(String name) throws IOException {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("name an image, a container or a snapshot");
    }
    List<Told> found =
        timelines.find(
            (manifest, image) ->
                Names.isReference(image, name) || Names.isDigest(manifest.toString(), name));
    if (found.isEmpty()) {
      Set<String> below = imagesBelow(name);
      found = timelines.find((manifest, _) -> below.contains(manifest.toString()));
    }
    if (found.isEmpty()) {
      throw new NotPossibleException(
          "nothing is known of a start of %s: timelines are kept of the images pulled last, since the daemon started"
              .formatted(name));
    }
    return message(found.getFirst());
  }

  /// Manifests of the images whose layers lie below a snapshot.
  private Set<String> imagesBelow(String key) throws IOException {
    Set<String> names = new HashSet<>();
    for (StoredSnapshot snapshot : metadata.list(Filter.parse("kind!=committed"))) {
      String name = snapshot.info().name();
      if (isMeant(name, key)) {
        names.add(name);
        metadata.chain(name).ancestors().forEach(below -> names.add(below.info().name()));
      }
    }
    Set<String> manifests = new HashSet<>();
    for (WhyRecord why : metadata.why(ALL)) {
      if (names.contains(why.snapshot())) {
        manifests.add(why.manifest());
      }
    }
    return manifests;
  }

  /// containerd puts its namespace and a number before a key; of a container's id people type the
  /// beginning.
  private static boolean isMeant(String key, String name) {
    String own = key.substring(key.lastIndexOf('/') + 1);
    return key.equals(name)
        || own.equals(name)
        || (name.length() >= SHORTEST_ID && own.startsWith(name));
  }

  private static TimelineResponse message(Told told) {
    TimelineResponse.Builder response =
        TimelineResponse.newBuilder()
            .setManifestDigest(told.manifest().toString())
            .setImage(told.image())
            .setIndex(told.index())
            .setStartedNanos(Messages.nanos(told.began()))
            .setLostEvents(told.lost());
    told.layers()
        .forEach(
            layer ->
                response.addLayers(
                    TimelineLayer.newBuilder()
                        .setDigest(layer.digest().toString())
                        .setSpans(layer.spans())
                        .setBytes(layer.bytes())));
    for (TimelineEvent event : told.events()) {
      response.addEvents(
          io.thaw.proto.control.v1.TimelineEvent.newBuilder()
              .setKind(kind(event))
              .setBeganNanos(event.beganNanos())
              .setNanos(event.nanos())
              .setLayer(event.layer())
              .setFirstSpan(event.first())
              .setEndSpan(event.end())
              .setBytes(event.bytes())
              .setFile(told.file(event)));
    }
    return response.build();
  }

  private static io.thaw.proto.control.v1.TimelineEvent.Kind kind(TimelineEvent event) {
    return io.thaw.proto.control.v1.TimelineEvent.Kind.valueOf(event.kind().name());
  }
}
