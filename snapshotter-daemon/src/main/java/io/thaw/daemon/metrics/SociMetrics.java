package io.thaw.daemon.metrics;

import io.thaw.daemon.fetch.FetchCounters;
import io.thaw.daemon.fetch.FetchKind;
import io.thaw.daemon.layer.LayerState;
import io.thaw.fuse.FuseCounters.Operation;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// The same numbers under SOCI's names and labels, where both daemons have the same thing to count,
/// so that dashboards and alerts made for it go on working.
///
/// Operations are summed over layers: their label `layer` is empty, as SOCI's is for what
/// belongs to no layer.
final class SociMetrics {
  private static final List<String> OPERATION = List.of("operation_type", "layer");
  private static final String NO_LAYER = "";

  /// SOCI's names of failures, by what failed.
  private static final Map<Operation, String> FAILURES =
      Map.of(
          Operation.READ, "fuse_file_read_failure_count",
          Operation.GETATTR, "fuse_node_getattr_failure_count",
          Operation.LISTXATTR, "fuse_node_listxattr_failure_count",
          Operation.LOOKUP, "fuse_node_lookup_failure_count",
          Operation.OPEN, "fuse_node_open_failure_count",
          Operation.READDIR, "fuse_node_readdir_failure_count",
          Operation.OTHER, "fuse_unknown_operation_failure_count");

  private SociMetrics() {}

  static void register(
      DaemonMetrics metrics, FetchCounters counters, Supplier<List<LayerState>> layers) {
    metrics.gauges(
        "soci_fs_operation_count",
        "Operations by type, as SOCI counts them",
        OPERATION,
        each -> {
          each.accept(metrics.fuse().count(Operation.READ), "synchronous_read_count", NO_LAYER);
          each.accept(
              counters.rangesRequested(FetchKind.DEMAND),
              "synchronous_read_remote_registry_fetch_count",
              NO_LAYER);
          FAILURES.forEach(
              (operation, name) -> each.accept(metrics.fuse().failures(operation), name, NO_LAYER));
          each.accept(background(counters), "background_span_fetch_count", NO_LAYER);
          each.accept(
              counters.transfersFailed(FetchKind.FILL)
                  + counters.transfersFailed(FetchKind.PREFETCH),
              "background_span_fetch_failure_count",
              NO_LAYER);
          each.accept(metrics.mountFailures(), "fuse_mount_failure_count", NO_LAYER);
        });
    metrics.gauges(
        "soci_fs_bytes_served",
        "Bytes that reads of lazy mounts were given",
        OPERATION,
        each -> each.accept(metrics.fuse().bytesRead(), "synchronous_bytes_served", NO_LAYER));
    metrics.gauges(
        "soci_fs_layer_fetched_size_bytes",
        "Stored bytes of the layer that are here",
        List.of("digest", "mountpoint"),
        each -> perLayer(layers.get(), true, each));
    metrics.gauges(
        "soci_fs_layer_size_bytes",
        "Stored bytes of the layer",
        List.of("digest", "mountpoint"),
        each -> perLayer(layers.get(), false, each));
  }

  private static long background(FetchCounters counters) {
    return counters.spansStored(FetchKind.FILL) + counters.spansStored(FetchKind.PREFETCH);
  }

  /// The largest layers each by itself, the rest in one.
  private static void perLayer(
      List<LayerState> layers, boolean present, DaemonMetrics.Values each) {
    List<LayerState> largest =
        layers.stream()
            .sorted(
                Comparator.comparingLong((LayerState layer) -> layer.progress().bytes()).reversed())
            .toList();
    long rest = 0;
    for (int i = 0; i < largest.size(); i++) {
      LayerState layer = largest.get(i);
      long bytes = present ? layer.progress().bytesPresent() : layer.progress().bytes();
      if (i < NodeMetrics.MAX_LAYERS) {
        each.accept(bytes, layer.blob().digest().toString(), "");
      } else {
        rest += bytes;
      }
    }
    each.accept(rest, NodeMetrics.OTHER, "");
  }
}
