package io.thaw.daemon.timeline;

import io.thaw.registry.Digest;
import io.thaw.ztoc.SpanTable;
import io.thaw.ztoc.tree.LayerTree;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// What happened to one image since it was pulled. Safe for use by many threads.
public final class ImageTimeline {
  /// Events kept of one image: a start of 3 GB has about 4,000.
  static final int MAX_EVENTS = 16_384;

  private final Digest manifest;
  private final String image;
  private final Instant began = Instant.now();
  private final long beganNanos;
  private final EventRing ring = new EventRing(MAX_EVENTS);
  private final ReentrantLock lock = new ReentrantLock();
  private final List<TimelineLayer> layers = new ArrayList<>();
  private volatile String index = "";
  private volatile long latestNanos;

  /// A layer of the image.
  ///
  /// @param spans 0 if it is not lazy
  /// @param bytes stored bytes; 0 if that is not known
  public record TimelineLayer(
      Digest digest, int spans, long bytes, @Nullable SpanTable table, @Nullable LayerTree tree) {}

  /// All there is to tell.
  ///
  /// @param index how its index was found, for people
  /// @param lost events that were pushed out by later ones
  public record Told(
      Digest manifest,
      String image,
      Instant began,
      String index,
      List<TimelineLayer> layers,
      List<TimelineEvent> events,
      long lost) {

    /// The file an event is about; empty if it is about none.
    public String file(TimelineEvent event) {
      if (event.node() < 0 || event.layer() < 0) {
        return "";
      }
      LayerTree tree = layers.get(event.layer()).tree();
      return tree == null ? "" : new String(tree.path(event.node()), StandardCharsets.UTF_8);
    }
  }

  ImageTimeline(Digest manifest, String image, long beganNanos) {
    this.manifest = manifest;
    this.image = image;
    this.beganNanos = beganNanos;
    latestNanos = beganNanos;
  }

  Digest manifest() {
    return manifest;
  }

  String image() {
    return image;
  }

  /// When the latest event was, on the clock of [System#nanoTime].
  long latestNanos() {
    return latestNanos;
  }

  void indexed(String found) {
    index = found;
  }

  /// The place of a layer, which is added if it is new.
  int layer(TimelineLayer layer) {
    lock.lock();
    try {
      for (int i = 0; i < layers.size(); i++) {
        if (layers.get(i).digest.equals(layer.digest)) {
          return i;
        }
      }
      layers.add(layer);
      return layers.size() - 1;
    } finally {
      lock.unlock();
    }
  }

  /// @param sinceNanos on the clock of [System#nanoTime]
  /// @param nowNanos the same
  void add(
      EventKind kind,
      long sinceNanos,
      long nowNanos,
      int layer,
      int first,
      int end,
      int node,
      long bytes) {
    ring.add(kind, sinceNanos - beganNanos, nowNanos - sinceNanos, layer, first, end, node, bytes);
    if (kind != EventKind.CPU) {
      latestNanos = nowNanos;
    }
  }

  Told told() {
    List<TimelineLayer> known;
    lock.lock();
    try {
      known = List.copyOf(layers);
    } finally {
      lock.unlock();
    }
    return new Told(manifest, image, began, index, known, ring.events(), ring.lost());
  }
}
