package io.thaw.daemon.profile;

import io.thaw.daemon.layer.LayerBlob;
import io.thaw.daemon.layer.LayerReads;
import io.thaw.index.start.StartProfile;
import io.thaw.registry.Digest;
import io.thaw.ztoc.SpanTable;
import io.thaw.ztoc.tree.LayerTree;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Records starts: which spans the readers of an image's layers touch first.
///
/// A recording begins when an image is pulled, waits for the first read, and ends by itself
/// ([Recording#isOver]). Safe for use by many threads; reads take no lock of it.
public final class StartRecorder implements LayerReads.Factory {
  private static final Logger LOG = LoggerFactory.getLogger(StartRecorder.class);

  /// Images that were pulled and not started yet; those that wait longest are forgotten.
  private static final int MOST_RECORDINGS = 64;

  private final ProfileStore store;
  private final ProfileLimits limits;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Digest, Touches> layers = new LinkedHashMap<>();
  private final Map<Digest, Recording> recordings = new LinkedHashMap<>();

  public StartRecorder(ProfileStore store, ProfileLimits limits) {
    this.store = store;
    this.limits = limits;
  }

  /// What is known of one layer's reads.
  private static final class Touches implements LayerReads {
    private static final Recording.Part[] NOBODY = {};

    private volatile Recording.Part[] parts = NOBODY;
    private @Nullable Digest ztoc;
    private @Nullable SpanTable table;

    @Override
    public synchronized void opened(Digest itsZtoc, SpanTable spans, LayerTree tree) {
      ztoc = itsZtoc;
      table = spans;
    }

    @Override
    public void touched(int first, int end) {
      for (Recording.Part part : parts) {
        part.touched(first, end);
      }
    }

    @Override
    public void waits() {
      for (Recording.Part part : parts) {
        part.waits();
      }
    }

    @Override
    public void waited(int node, int first, int end, long sinceNanos, boolean served) {
      for (Recording.Part part : parts) {
        part.waited();
      }
    }

    synchronized boolean join(Recording recording, Digest layer) {
      if (ztoc == null || table == null) {
        return false;
      }
      Recording.Part[] more = Arrays.copyOf(parts, parts.length + 1);
      more[parts.length] = recording.include(layer, ztoc, table);
      parts = more;
      return true;
    }

    synchronized void leave(Recording recording) {
      parts =
          Arrays.stream(parts)
              .filter(part -> part.recording() != recording)
              .toArray(Recording.Part[]::new);
    }
  }

  @Override
  public LayerReads of(LayerBlob blob) {
    if (!limits.enabled()) {
      return LayerReads.NONE;
    }
    Touches touches = new Touches();
    lock.lock();
    try {
      layers.put(blob.digest(), touches);
      return touches;
    } finally {
      lock.unlock();
    }
  }

  /// A layer of an image can be read from now on; its image's start is recorded.
  void pulled(Digest manifest, String image, Digest layer) {
    if (!limits.enabled()) {
      return;
    }
    lock.lock();
    try {
      Recording recording = recordings.get(manifest);
      if (recording == null) {
        recording = new Recording(manifest, image, limits, limits.longest(), true);
        begin(recording);
      }
      include(recording, layer);
    } finally {
      lock.unlock();
    }
  }

  /// Records from now on until told to end, or for as long as is said.
  ///
  /// @param longest how long from the first touch on
  /// @return how many of the layers can be recorded
  public int begin(Digest manifest, String image, List<Digest> itsLayers, Duration longest) {
    lock.lock();
    try {
      Recording recording = new Recording(manifest, image, limits, longest, false);
      int included = 0;
      for (Digest layer : itsLayers) {
        included += include(recording, layer) ? 1 : 0;
      }
      if (included > 0) {
        begin(recording);
      }
      return included;
    } finally {
      lock.unlock();
    }
  }

  private void begin(Recording recording) {
    Recording before = recordings.remove(recording.manifest());
    if (before != null) {
      drop(before);
    }
    recordings.put(recording.manifest(), recording);
    if (recordings.size() > MOST_RECORDINGS) {
      Recording oldest = recordings.values().iterator().next();
      recordings.remove(oldest.manifest());
      drop(oldest);
    }
  }

  private boolean include(Recording recording, Digest layer) {
    Touches touches = layers.get(layer);
    return touches != null && !recording.includes(layer) && touches.join(recording, layer);
  }

  private void drop(Recording recording) {
    layers.values().forEach(touches -> touches.leave(recording));
  }

  /// Whether a start of the image is being recorded, and has begun.
  public boolean isRecording(Digest manifest) {
    lock.lock();
    try {
      Recording recording = recordings.get(manifest);
      return recording != null && recording.count() > 0;
    } finally {
      lock.unlock();
    }
  }

  /// Ends the recording of an image now and keeps what it saw.
  ///
  /// @return what is known of the image then; empty if nothing was being recorded or touched
  public Optional<StoredProfile> finish(Digest manifest) throws IOException {
    Recording recording;
    lock.lock();
    try {
      recording = recordings.remove(manifest);
      if (recording == null) {
        return Optional.empty();
      }
      drop(recording);
    } finally {
      lock.unlock();
    }
    return keep(recording);
  }

  /// Ends what is over; to be called about once a second.
  public void endOver() {
    List<Recording> over = new ArrayList<>();
    long now = System.nanoTime();
    lock.lock();
    try {
      recordings.values().stream().filter(r -> r.isOver(now)).forEach(over::add);
      for (Recording recording : over) {
        recordings.remove(recording.manifest());
        drop(recording);
      }
    } finally {
      lock.unlock();
    }
    for (Recording recording : over) {
      try {
        var _ = keep(recording);
      } catch (IOException | RuntimeException e) {
        LOG.atWarn().setCause(e).log("a start was recorded, but its profile cannot be kept");
      }
    }
  }

  private Optional<StoredProfile> keep(Recording recording) throws IOException {
    Optional<StartProfile> result = recording.result(Instant.now());
    if (result.isEmpty()) {
      return Optional.empty();
    }
    StoredProfile stored = store.record(result.get());
    LOG.atInfo()
        .addKeyValue("image", result.get().image())
        .addKeyValue("manifest", recording.manifest().toString())
        .addKeyValue("spans", result.get().steps().size())
        .addKeyValue(
            "bytes", result.get().steps().stream().mapToLong(StartProfile.Step::bytes).sum())
        .addKeyValue("wantedSpans", stored.profile().wanted().size())
        .log("recorded a start");
    return Optional.of(stored);
  }

  /// Forgets layers that have gone and what waits for them.
  public void retainLayers(Predicate<Digest> isHere) {
    lock.lock();
    try {
      layers.keySet().removeIf(layer -> !isHere.test(layer));
    } finally {
      lock.unlock();
    }
  }
}
