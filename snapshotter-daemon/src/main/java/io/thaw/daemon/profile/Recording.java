package io.thaw.daemon.profile;

import io.thaw.index.start.StartProfile;
import io.thaw.index.start.StartProfile.LayerRef;
import io.thaw.index.start.StartProfile.Step;
import io.thaw.registry.Digest;
import io.thaw.ztoc.SpanTable;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/// One start that is being recorded: spans of all layers of an image, in the order of their first
/// touch. Safe for use by many threads; a touch that is not the first one of its span takes no lock
/// and allocates nothing.
final class Recording {
  private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);

  private final Digest manifest;
  private final String image;
  private final ProfileLimits limits;
  private final Duration longest;
  private final boolean endsByItself;
  private final ReentrantLock lock = new ReentrantLock();
  private final List<Part> parts = new ArrayList<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private int[] layers = new int[256];
  private int[] spans = new int[256];
  private int[] millis = new int[256];
  private int count;
  private long bytes;
  private long firstNanos;
  private long latestNanos;
  private boolean full;

  /// @param longest how long it may last from the first touch on
  /// @param endsByItself whether it ends when nothing new is touched for a while
  Recording(
      Digest manifest, String image, ProfileLimits limits, Duration longest, boolean endsByItself) {
    this.manifest = manifest;
    this.image = image;
    this.limits = limits;
    this.longest = longest;
    this.endsByItself = endsByItself;
  }

  /// The reads of one layer.
  static final class Part {
    private final Recording recording;
    private final int place;
    private final Digest layer;
    private final Digest ztoc;
    private final SpanTable table;
    private final long[] words;

    private Part(Recording recording, int place, Digest layer, Digest ztoc, SpanTable table) {
      this.recording = recording;
      this.place = place;
      this.layer = layer;
      this.ztoc = ztoc;
      this.table = table;
      words = new long[(table.count() + Long.SIZE - 1) / Long.SIZE];
    }

    Recording recording() {
      return recording;
    }

    void touched(int first, int end) {
      for (int span = first; span < end; span++) {
        int word = span / Long.SIZE;
        long bit = 1L << span;
        if (((long) WORDS.getOpaque(words, word) & bit) == 0
            && ((long) WORDS.getAndBitwiseOr(words, word, bit) & bit) == 0) {
          recording.add(place, span, table.compressedLength(span));
        }
      }
    }

    void waits() {
      recording.waiting.incrementAndGet();
    }

    void waited() {
      recording.waiting.decrementAndGet();
    }
  }

  Digest manifest() {
    return manifest;
  }

  /// Adds a layer.
  Part include(Digest layer, Digest ztoc, SpanTable table) {
    lock.lock();
    try {
      Part part = new Part(this, parts.size(), layer, ztoc, table);
      parts.add(part);
      return part;
    } finally {
      lock.unlock();
    }
  }

  boolean includes(Digest layer) {
    lock.lock();
    try {
      return parts.stream().anyMatch(part -> part.layer.equals(layer));
    } finally {
      lock.unlock();
    }
  }

  private void add(int layer, int span, long compressedBytes) {
    long now = System.nanoTime();
    lock.lock();
    try {
      if (count == 0) {
        firstNanos = now;
      }
      full |= count == StartProfile.MAX_STEPS || now - firstNanos > longest.toNanos();
      full |= bytes + compressedBytes > limits.mostBytes();
      if (full) {
        return;
      }
      if (count == spans.length) {
        layers = Arrays.copyOf(layers, 2 * count);
        spans = Arrays.copyOf(spans, 2 * count);
        millis = Arrays.copyOf(millis, 2 * count);
      }
      layers[count] = layer;
      spans[count] = span;
      millis[count] = (int) TimeUnit.NANOSECONDS.toMillis(now - firstNanos);
      count++;
      bytes += compressedBytes;
      latestNanos = now;
    } finally {
      lock.unlock();
    }
  }

  /// Whether the start it records is over: it reached a bound, or nothing new was touched for a
  /// while in which no reader waited either.
  boolean isOver(long nowNanos) {
    lock.lock();
    try {
      if (count == 0) {
        return full;
      }
      boolean quiet =
          endsByItself && waiting.get() <= 0 && nowNanos - latestNanos > limits.quiet().toNanos();
      return full || quiet || nowNanos - firstNanos > longest.toNanos();
    } finally {
      lock.unlock();
    }
  }

  /// How many spans were touched.
  int count() {
    lock.lock();
    try {
      return count;
    } finally {
      lock.unlock();
    }
  }

  /// What was recorded; empty if nothing was touched. A layer without any touch counts as not
  /// seen: its reads may have gone by us.
  Optional<StartProfile> result(Instant now) {
    lock.lock();
    try {
      if (count == 0) {
        return Optional.empty();
      }
      int[] places = new int[parts.size()];
      Arrays.fill(places, -1);
      List<LayerRef> refs = new ArrayList<>();
      List<Step> steps = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Part part = parts.get(layers[i]);
        if (places[layers[i]] < 0) {
          places[layers[i]] = refs.size();
          refs.add(new LayerRef(part.layer, part.ztoc, part.table.compressedSizeBytes(), 1));
        }
        long length = part.table.compressedLength(spans[i]);
        steps.add(new Step(places[layers[i]], spans[i], length, millis[i], 1));
      }
      return Optional.of(new StartProfile(manifest, image, now, refs, steps));
    } finally {
      lock.unlock();
    }
  }
}
