package io.thaw.daemon.metrics;

import io.thaw.daemon.fetch.FetchCounters;
import io.thaw.daemon.fetch.FetchKind;
import io.thaw.daemon.fetch.ParallelDownloads;
import io.thaw.daemon.layer.LayerState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The node's numbers under our names. What each means and what to do about it stands in
/// docs/operations.md; a test compares the two.
public final class NodeMetrics {
  /// Layers that are a label of their own; the others are summed under [#OTHER].
  static final int MAX_LAYERS = 64;

  /// The label of all other layers.
  static final String OTHER = "other";

  private static final Logger LOG = LoggerFactory.getLogger(NodeMetrics.class);

  private NodeMetrics() {}

  /// Shows fetches, layers and the disk of `root`.
  ///
  /// @param layers all layers of the store; asked at every scrape
  public static void register(
      DaemonMetrics metrics, FetchCounters counters, Supplier<List<LayerState>> layers, Path root) {
    fetches(metrics, counters);
    layers(metrics, layers);
    disk(metrics, layers, root);
    SociMetrics.register(metrics, counters, layers);
  }

  /// Shows what is fetched of layers that are unpacked at once.
  public static void eager(DaemonMetrics metrics, ParallelDownloads downloads) {
    metrics.counter("thaw.eager.bytes", "Bytes fetched of whole layers", downloads::bytesFetched);
    metrics.counter("thaw.eager.requests", "Ranges of whole layers", downloads::rangesFinished);
    metrics.counter(
        "thaw.eager.failures", "Ranges of whole layers that broke", downloads::rangesBroken);
    metrics.gauge(
        "thaw.eager.layers", "Whole layers being fetched now", downloads::downloadsUnderWay);
    metrics.gauge(
        "thaw.eager.requests.active", "Ranges being fetched now", downloads::rangesUnderWay);
    metrics.gauge(
        "thaw.eager.memory.bytes",
        "Bytes asked for and not unpacked yet",
        downloads::memoryTakenBytes);
  }

  /// Shows what belongs to the node as a whole.
  ///
  /// @param pulledZtocs bytes of zTOCs that pulls have made
  /// @param mirrorsDistrusted how often a mirror was left alone for wrong bytes
  public static void node(
      DaemonMetrics metrics, LongSupplier pulledZtocs, LongSupplier mirrorsDistrusted) {
    metrics.gauge("thaw.index.pulled.bytes", "zTOCs that pulls have made", pulledZtocs);
    metrics.counter(
        "thaw.registry.mirrors.distrusted",
        "How often a mirror was left alone for wrong bytes",
        mirrorsDistrusted);
  }

  private static void fetches(DaemonMetrics metrics, FetchCounters counters) {
    for (FetchKind kind : FetchKind.values()) {
      String label = kind.name().toLowerCase(Locale.ROOT);
      metrics.counter(
          "thaw.fetch.bytes", "Bytes fetched of layers", label, () -> counters.bytesFetched(kind));
      metrics.counter(
          "thaw.fetch.requests", "Range requests", label, () -> counters.rangesRequested(kind));
      metrics.counter(
          "thaw.fetch.failures",
          "Transfers that broke",
          label,
          () -> counters.transfersFailed(kind));
    }
    metrics.counter("thaw.fetch.demand.waits", "Reads that waited", counters::demandWaits);
    metrics.counter("thaw.fetch.demand.failures", "Reads that failed", counters::failedDemandWaits);
    metrics.counter(
        "thaw.fetch.demand.wait.milliseconds",
        "Time reads waited, summed",
        () -> counters.demandWaitNanos() / 1_000_000);
    metrics.counter(
        "thaw.fetch.digest.mismatches",
        "Spans whose bytes did not have their digest",
        counters::digestMismatches);
  }

  private static void layers(DaemonMetrics metrics, Supplier<List<LayerState>> layers) {
    metrics.gauges(
        "thaw_layers",
        "Layers on this node, by what they are",
        List.of("state"),
        each -> {
          List<LayerState> now = layers.get();
          long settled = now.stream().filter(l -> l.lazy() && l.settled()).count();
          long filling = now.stream().filter(l -> !l.settled()).count();
          each.accept(filling, "filling");
          each.accept(settled, "settled");
          each.accept(now.size() - settled - filling, "eager");
        });
    metrics.gauges(
        "thaw_layers_failing",
        "Layers whose last transfer failed",
        List.of(),
        each -> each.accept(layers.get().stream().filter(l -> l.trouble().isPresent()).count()));
    metrics.gauges(
        "thaw_layer_missing_bytes",
        "Stored bytes that are still to come of layers that fill",
        List.of("layer"),
        each -> {
          long rest = 0;
          int shown = 0;
          for (LayerState layer : byMissing(layers.get())) {
            long missing = missing(layer);
            if (missing > 0 && shown++ < MAX_LAYERS) {
              each.accept(missing, layer.blob().digest().toString());
            } else {
              rest += missing;
            }
          }
          each.accept(rest, OTHER);
        });
  }

  private static long missing(LayerState layer) {
    return layer.progress().bytes() - layer.progress().bytesPresent();
  }

  /// Those that miss most first.
  static List<LayerState> byMissing(List<LayerState> layers) {
    return layers.stream()
        .sorted(Comparator.comparingLong(NodeMetrics::missing).reversed())
        .toList();
  }

  private static void disk(DaemonMetrics metrics, Supplier<List<LayerState>> layers, Path root) {
    metrics.gauges(
        "thaw_disk_layers_bytes",
        "Disk space of all layers",
        List.of(),
        each -> each.accept(layers.get().stream().mapToLong(l -> l.usage().sizeBytes()).sum()));
    metrics.gauges(
        "thaw_disk_free_bytes",
        "Free space of the daemon's root",
        List.of(),
        each -> free(each, root));
  }

  /// A disk that cannot be asked has no value.
  private static void free(DaemonMetrics.Values each, Path root) {
    try {
      each.accept(Files.getFileStore(root).getUsableSpace());
    } catch (IOException e) {
      LOG.atDebug().setCause(e).log("free space cannot be told");
    }
  }
}
