package io.thaw.daemon.control;

import io.thaw.daemon.disk.DiskState;
import io.thaw.daemon.fetch.FetchCounters;
import io.thaw.daemon.fetch.FetchKind;
import io.thaw.daemon.image.CacheState;
import io.thaw.daemon.layer.Emptied;
import io.thaw.daemon.layer.LayerState;
import io.thaw.daemon.snapshot.MetadataStore;
import io.thaw.daemon.snapshot.Pin;
import io.thaw.daemon.snapshot.WhyRecord;
import io.thaw.proto.control.v1.DiskStatus;
import io.thaw.proto.control.v1.ImageLayer;
import io.thaw.proto.control.v1.ImageStatus;
import io.thaw.proto.control.v1.LayerStatus;
import io.thaw.proto.control.v1.StatusResponse;
import io.thaw.proto.control.v1.TrafficStatus;
import io.thaw.proto.control.v1.VersionResponse;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// Puts together what is known of images and layers. Takes no lock a read in a container needs;
/// safe for use by many threads.
public final class StatusReader {
  /// As many records of reasons as there can be.
  private static final int ALL = Integer.MAX_VALUE;

  private final VersionResponse daemon;
  private final MetadataStore metadata;
  private final Node node;
  private final FillRates rates;
  private final FetchCounters counters;

  /// The layers of this node and the disk they are on.
  ///
  /// @param root the daemon's root
  /// @param layers all layers of the store
  /// @param emptied when a layer was emptied last
  /// @param memoryBytes spans that memory stands in for the disk
  public record Node(
      Path root,
      Supplier<List<LayerState>> layers,
      Function<Digest, Optional<Emptied>> emptied,
      Supplier<DiskState> disk,
      Supplier<CacheState> cache,
      LongSupplier memoryBytes) {}

  public StatusReader(
      VersionResponse daemon,
      MetadataStore metadata,
      Node node,
      FillRates rates,
      FetchCounters counters) {
    this.daemon = daemon;
    this.metadata = metadata;
    this.node = node;
    this.rates = rates;
    this.counters = counters;
  }

  VersionResponse daemon() {
    return daemon;
  }

  /// Everything, or what `name` means: an image's reference, or a digest of an image or a layer
  /// or how one begins. Nothing may be found.
  StatusResponse read(String name) throws IOException {
    List<LayerState> states = node.layers().get();
    List<ImageStatus> images = images(name);
    Set<String> ofImages =
        images.stream()
            .flatMap(image -> image.getLayersList().stream())
            .map(ImageLayer::getDigest)
            .collect(Collectors.toSet());
    List<Pin> pins = metadata.pins().stream().filter(pin -> matches(pin, name)).toList();
    pins.forEach(pin -> ofImages.add(pin.layerDigest()));
    StatusResponse.Builder status =
        StatusResponse.newBuilder()
            .setDaemon(daemon)
            .addAllImages(images)
            .setDisk(disk(states))
            .setTraffic(traffic());
    states.stream()
        .filter(
            state ->
                name.isEmpty()
                    || ofImages.contains(state.blob().digest().toString())
                    || Names.isDigest(state.blob().digest().toString(), name))
        .forEach(state -> status.addLayers(layer(state)));
    pins.forEach(pin -> status.addPins(Messages.pin(pin)));
    return status.build();
  }

  private List<ImageStatus> images(String name) throws IOException {
    record Key(String image, String manifest) {}
    Map<Key, List<WhyRecord>> byImage = new LinkedHashMap<>();
    for (WhyRecord why : metadata.why(ALL)) {
      byImage
          .computeIfAbsent(new Key(why.image(), why.manifest()), _ -> new ArrayList<>())
          .add(why);
    }
    Predicate<WhyRecord> wanted =
        why ->
            name.isEmpty()
                || Names.isReference(why.image(), name)
                || Names.isDigest(why.manifest(), name)
                || Names.isDigest(why.layerDigest(), name);
    return byImage.values().stream()
        .filter(records -> records.stream().anyMatch(wanted))
        .map(records -> Messages.image(records.reversed()))
        .toList();
  }

  private static boolean matches(Pin pin, String name) {
    return name.isEmpty()
        || Names.isReference(pin.image(), name)
        || Names.isDigest(pin.layerDigest(), name);
  }

  private LayerStatus layer(LayerState state) {
    LayerStatus.Builder layer =
        Messages.layer(state)
            .setBytesPerSecond(rates.bytesPerSecond(state.blob().digest()))
            .setEtaMillis(rates.etaMillis(state));
    state
        .trouble()
        .ifPresent(
            trouble ->
                layer
                    .setFailures(trouble.failures())
                    .setLastError(trouble.message())
                    .setLastErrorNanos(Messages.nanos(trouble.at())));
    node.emptied()
        .apply(state.blob().digest())
        .ifPresent(emptied -> layer.setEmptied(Messages.emptied(emptied)));
    return layer.build();
  }

  private DiskStatus disk(List<LayerState> states) {
    return Messages.disk(node.disk().get(), node.cache().get())
        .setRoot(node.root().toString())
        .setLayersBytes(states.stream().mapToLong(state -> state.usage().sizeBytes()).sum())
        .setMemoryBytes(node.memoryBytes().getAsLong())
        .build();
  }

  private TrafficStatus traffic() {
    long failed = 0;
    for (FetchKind kind : FetchKind.values()) {
      failed += counters.transfersFailed(kind);
    }
    return TrafficStatus.newBuilder()
        .setFetchedBytes(counters.bytesFetched())
        .setBytesPerSecond(rates.bytesPerSecond())
        .setWaits(counters.demandWaits())
        .setFailedWaits(counters.failedDemandWaits())
        .setFailedTransfers(failed)
        .setDigestMismatches(counters.digestMismatches())
        .build();
  }
}
