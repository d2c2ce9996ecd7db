package io.thaw.daemon.timeline;

import io.thaw.daemon.fetch.FetchKind;
import io.thaw.daemon.image.PullEvents;
import io.thaw.daemon.layer.LayerBlob;
import io.thaw.daemon.layer.LayerReads;
import io.thaw.daemon.timeline.ImageTimeline.TimelineLayer;
import io.thaw.registry.Digest;
import io.thaw.ztoc.SpanTable;
import io.thaw.ztoc.tree.LayerTree;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiPredicate;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The timelines of the images pulled last. Safe for use by many threads; a read whose bytes are
/// here costs nothing.
public final class Timelines implements LayerReads.Factory, PullEvents {
  /// Images whose timelines are kept, each at most 0.9 MB.
  static final int MOST_IMAGES = 32;

  /// CPU time is noted while something happened so lately.
  private static final long ACTIVE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final LongSupplier cpuNanos;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Digest, ImageTimeline> images = new LinkedHashMap<>();
  private final Map<Digest, LayerEvents> layers = new LinkedHashMap<>();

  /// @param cpuNanos CPU time this process has used
  public Timelines(LongSupplier cpuNanos) {
    this.cpuNanos = cpuNanos;
  }

  /// Where the events of one layer go.
  private record Place(ImageTimeline timeline, int layer) {}

  private static final class LayerEvents implements LayerReads {
    private static final Place[] NOWHERE = {};

    private final LayerBlob blob;
    private volatile Place[] places = NOWHERE;
    private volatile @Nullable TimelineLayer about;

    LayerEvents(LayerBlob blob) {
      this.blob = blob;
    }

    @Override
    public void opened(Digest ztoc, SpanTable spans, LayerTree tree) {
      about =
          new TimelineLayer(blob.digest(), spans.count(), spans.compressedSizeBytes(), spans, tree);
    }

    @Override
    public void waited(int node, int first, int end, long sinceNanos, boolean served) {
      EventKind kind = served ? EventKind.WAITED : EventKind.FAILED;
      add(kind, sinceNanos, first, end, node, bytes(first, end));
    }

    @Override
    public void transferred(FetchKind kind, int first, int end, long bytes, long sinceNanos) {
      EventKind event =
          switch (kind) {
            case DEMAND -> EventKind.DEMAND;
            case READ_AHEAD -> EventKind.READ_AHEAD;
            case PREFETCH -> EventKind.PREFETCH;
            case FILL -> EventKind.FILL;
          };
      add(event, sinceNanos, first, end, -1, bytes(first, end));
    }

    @Override
    public void stored(int span, long bytes, long sinceNanos) {
      add(EventKind.STORED, sinceNanos, span, span + 1, -1, bytes);
    }

    @Override
    public void mounted() {
      add(EventKind.MOUNTED, System.nanoTime(), 0, 0, -1, 0);
    }

    @Override
    public void settled() {
      add(EventKind.SETTLED, System.nanoTime(), 0, 0, -1, 0);
    }

    private long bytes(int first, int end) {
      TimelineLayer known = about;
      SpanTable table = known == null ? null : known.table();
      return table == null || end <= first
          ? 0
          : table.compressedEnd(end - 1) - table.compressedStart(first);
    }

    private void add(EventKind kind, long sinceNanos, int first, int end, int node, long bytes) {
      long now = System.nanoTime();
      for (Place place : places) {
        place.timeline.add(kind, sinceNanos, now, place.layer, first, end, node, bytes);
      }
    }

    void show(ImageTimeline timeline, int layer) {
      if (Arrays.stream(places).noneMatch(place -> place.timeline == timeline)) {
        Place[] more = Arrays.copyOf(places, places.length + 1);
        more[places.length] = new Place(timeline, layer);
        places = more;
      }
    }

    void hide(Predicate<ImageTimeline> gone) {
      places =
          Arrays.stream(places).filter(place -> !gone.test(place.timeline)).toArray(Place[]::new);
    }

    TimelineLayer about() {
      TimelineLayer known = about;
      return known == null ? whole(blob.digest(), blob.sizeBytes()) : known;
    }
  }

  private static TimelineLayer whole(Digest digest, long bytes) {
    return new TimelineLayer(digest, 0, bytes, null, null);
  }

  @Override
  public LayerReads of(LayerBlob blob) {
    LayerEvents events = new LayerEvents(blob);
    lock.lock();
    try {
      layers.put(blob.digest(), events);
      return events;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void resolved(Digest manifest, String image, String found, long sinceNanos) {
    lock.lock();
    try {
      ImageTimeline before = images.remove(manifest);
      ImageTimeline timeline = new ImageTimeline(manifest, image, sinceNanos);
      images.put(manifest, timeline);
      if (before != null) {
        forget(gone -> gone == before);
      }
      if (images.size() > MOST_IMAGES) {
        ImageTimeline oldest = images.remove(images.keySet().iterator().next());
        forget(gone -> gone == oldest);
      }
      timeline.indexed(found);
      timeline.add(EventKind.RESOLVED, sinceNanos, System.nanoTime(), -1, 0, 0, -1, 0);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void opened(Digest manifest, Digest layer, long sinceNanos) {
    lock.lock();
    try {
      ImageTimeline timeline = images.get(manifest);
      LayerEvents events = layers.get(layer);
      if (timeline != null && events != null) {
        int place = timeline.layer(events.about());
        events.show(timeline, place);
        timeline.add(EventKind.OPENED, sinceNanos, System.nanoTime(), place, 0, 0, -1, 0);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void unpacked(Digest manifest, Digest layer, long bytes, long sinceNanos) {
    lock.lock();
    try {
      ImageTimeline timeline = images.get(manifest);
      if (timeline != null) {
        int place = timeline.layer(whole(layer, bytes));
        timeline.add(EventKind.UNPACKED, sinceNanos, System.nanoTime(), place, 0, 0, -1, bytes);
      }
    } finally {
      lock.unlock();
    }
  }

  private void forget(Predicate<ImageTimeline> gone) {
    layers.values().forEach(events -> events.hide(gone));
  }

  /// Notes how much CPU time was used by now, for images to which something happened lately; to be
  /// called some times a second.
  public void sample() {
    long now = System.nanoTime();
    lock.lock();
    try {
      for (ImageTimeline timeline : images.values()) {
        if (now - timeline.latestNanos() < ACTIVE_NANOS) {
          timeline.add(EventKind.CPU, now, now, -1, 0, 0, -1, cpuNanos.getAsLong());
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /// The timelines of the images `meant` names, those pulled last first.
  ///
  /// @param meant decides by the digest of the manifest and the reference
  public List<ImageTimeline.Told> find(BiPredicate<Digest, String> meant) {
    List<ImageTimeline.Told> found = new ArrayList<>();
    lock.lock();
    try {
      for (ImageTimeline timeline : images.values()) {
        if (meant.test(timeline.manifest(), timeline.image())) {
          found.addFirst(timeline.told());
        }
      }
      return found;
    } finally {
      lock.unlock();
    }
  }

  /// Forgets layers that have gone; what happened to them stays in the timelines.
  public void retainLayers(Predicate<Digest> isHere) {
    lock.lock();
    try {
      layers.keySet().removeIf(layer -> !isHere.test(layer));
    } finally {
      lock.unlock();
    }
  }
}
