package io.thaw.daemon.control;

import io.thaw.daemon.disk.DiskState;
import io.thaw.daemon.image.CacheState;
import io.thaw.daemon.image.Explanation;
import io.thaw.daemon.image.PrewarmState;
import io.thaw.daemon.layer.Emptied;
import io.thaw.daemon.layer.LayerState;
import io.thaw.daemon.snapshot.IndexUse;
import io.thaw.daemon.snapshot.LayerMode;
import io.thaw.daemon.snapshot.Pin;
import io.thaw.daemon.snapshot.WhyRecord;
import io.thaw.proto.control.v1.DiskLevel;
import io.thaw.proto.control.v1.DiskStatus;
import io.thaw.proto.control.v1.ExplainResponse;
import io.thaw.proto.control.v1.ImageLayer;
import io.thaw.proto.control.v1.ImageStatus;
import io.thaw.proto.control.v1.LayerPlan;
import io.thaw.proto.control.v1.LayerStatus;
import io.thaw.proto.control.v1.Mode;
import io.thaw.proto.control.v1.PinStatus;
import io.thaw.proto.control.v1.PrewarmLayer;
import io.thaw.proto.control.v1.PrewarmProgress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Our records as messages.
final class Messages {
  private Messages() {}

  static long nanos(Instant at) {
    return TimeUnit.SECONDS.toNanos(at.getEpochSecond()) + at.getNano();
  }

  static Mode mode(LayerMode mode) {
    return switch (mode) {
      case LAZY -> Mode.LAZY;
      case EAGER -> Mode.EAGER;
      case DEFERRED -> Mode.DEFERRED;
    };
  }

  static io.thaw.proto.control.v1.IndexUse index(IndexUse index) {
    return io.thaw.proto.control.v1.IndexUse.newBuilder()
        .setSource(index.source())
        .setDigest(index.digest())
        .build();
  }

  /// An image by the records of its layers, the oldest first, of which there is at least one. It
  /// is lazy if a layer is, else deferred if a layer is; the reason is that of the first such
  /// layer.
  static ImageStatus image(List<WhyRecord> records) {
    WhyRecord telling =
        first(records, LayerMode.LAZY)
            .or(() -> first(records, LayerMode.DEFERRED))
            .orElse(records.getFirst());
    ImageStatus.Builder image =
        ImageStatus.newBuilder()
            .setReference(telling.image())
            .setManifestDigest(telling.manifest())
            .setMode(mode(telling.mode()))
            .setReason(telling.reason())
            .setIndex(index(telling.index()))
            .setPulledNanos(nanos(records.getLast().at()));
    for (WhyRecord why : records) {
      image.addLayers(
          ImageLayer.newBuilder()
              .setDigest(why.layerDigest())
              .setMode(mode(why.mode()))
              .setReason(why.reason())
              .setIndex(index(why.index()))
              .setSnapshot(why.snapshot())
              .setAtNanos(nanos(why.at())));
    }
    return image.build();
  }

  private static Optional<WhyRecord> first(List<WhyRecord> records, LayerMode mode) {
    return records.stream().filter(why -> why.mode() == mode).findFirst();
  }

  static LayerStatus.Builder layer(LayerState state) {
    return LayerStatus.newBuilder()
        .setDigest(state.blob().digest().toString())
        .setNumber(state.number())
        .setMode(state.lazy() ? Mode.LAZY : Mode.EAGER)
        .setSettled(state.settled())
        .setSpans(state.progress().spans())
        .setSpansPresent(state.progress().spansPresent())
        .setBytes(state.progress().bytes())
        .setBytesPresent(state.progress().bytesPresent())
        .setDiskBytes(state.usage().sizeBytes())
        .setRepository(state.blob().repository().toString());
  }

  static io.thaw.proto.control.v1.Emptied emptied(Emptied emptied) {
    return io.thaw.proto.control.v1.Emptied.newBuilder()
        .setAtNanos(nanos(emptied.at()))
        .setBytes(emptied.bytes())
        .setReason(emptied.reason())
        .build();
  }

  static DiskStatus.Builder disk(DiskState disk, CacheState cache) {
    return DiskStatus.newBuilder()
        .setTotalBytes(disk.space().sizeBytes())
        .setFreeBytes(disk.space().freeBytes())
        .setFreeInodes(disk.space().freeInodes())
        .setLevel(
            switch (disk.level()) {
              case NORMAL -> DiskLevel.NORMAL;
              case LOW -> DiskLevel.LOW;
              case FULL -> DiskLevel.DISK_FULL;
            })
        .setReason(disk.reason())
        .setMeaning(disk.level().meaning())
        .setSinceNanos(nanos(disk.since()))
        .setMaxBytes(cache.maxBytes())
        .setEvictions(cache.evictions())
        .setEvictedBytes(cache.evictedBytes())
        .setAboveBound(cache.reason());
  }

  static PinStatus pin(Pin pin) {
    return PinStatus.newBuilder()
        .setImage(pin.image())
        .setLayerDigest(pin.layerDigest())
        .setUntil(pin.until())
        .setCreatedNanos(nanos(pin.created()))
        .setExpiresNanos(nanos(pin.expires()))
        .build();
  }

  static ExplainResponse explanation(Explanation told) {
    ExplainResponse.Builder response =
        ExplainResponse.newBuilder()
            .setReference(told.reference().toString())
            .setManifestDigest(told.manifest().toString())
            .setPlatform(told.platform())
            .setMode(mode(told.mode()))
            .setReason(told.reason())
            .setIndex(index(told.index()))
            .setCredentials(told.credentials())
            .setBytesBeforeStart(told.bytesBeforeStart())
            .setBytesBehind(told.bytesBehind())
            .addAllAdvice(told.advice());
    for (Explanation.LayerPlan plan : told.layers()) {
      LayerPlan.Builder layer =
          LayerPlan.newBuilder()
              .setDigest(plan.digest().toString())
              .setBytes(plan.sizeBytes())
              .setMode(mode(plan.mode()))
              .setReason(plan.reason())
              .setPrefetchArtifacts(plan.prefetchArtifacts());
      plan.ztoc().ifPresent(ztoc -> layer.setZtocDigest(ztoc.toString()));
      layer.setZtocBytes(plan.ztocBytes());
      plan.here()
          .ifPresent(
              here ->
                  layer.setBytesPresent(here.progress().bytesPresent()).setSettled(here.settled()));
      response.addLayers(layer);
    }
    return response.build();
  }

  static PrewarmProgress prewarm(PrewarmState state) {
    PrewarmProgress.Builder progress =
        PrewarmProgress.newBuilder()
            .setManifestDigest(state.manifest().toString())
            .setDone(state.expires().isPresent());
    state.expires().ifPresent(at -> progress.setExpiresNanos(nanos(at)));
    for (PrewarmState.LayerPart layer : state.layers()) {
      progress.addLayers(
          PrewarmLayer.newBuilder()
              .setDigest(layer.digest().toString())
              .setMode(layer.lazy() ? Mode.LAZY : Mode.EAGER)
              .setWantedBytes(layer.wantedBytes())
              .setPresentBytes(layer.presentBytes())
              .setDone(layer.done())
              .setLastError(layer.lastError()));
    }
    return progress.build();
  }
}
