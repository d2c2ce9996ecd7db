package io.thaw.daemon.image;

import io.thaw.daemon.fetch.ParallelDownloads;
import io.thaw.daemon.image.PrewarmRequest.Until;
import io.thaw.daemon.image.PrewarmState.LayerPart;
import io.thaw.daemon.layer.LayerBlob;
import io.thaw.daemon.layer.LayerProgress;
import io.thaw.daemon.layer.LayerState;
import io.thaw.daemon.layer.UnpackOrder;
import io.thaw.daemon.profile.ImageStarts.ImageStart;
import io.thaw.index.IndexDiscovery;
import io.thaw.index.PrefetchArtifact.SpanRange;
import io.thaw.index.SociIndex;
import io.thaw.index.SociIndex.ZtocRef;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/// One layer on its way during a prewarm. Opened by one thread, looked at by another.
final class PrewarmLayer {
  /// How often a span that does not come is asked for again: prefetches are not repeated by
  /// themselves.
  private static final long ASK_AGAIN_NANOS = 10_000_000_000L;

  private final LayerBlob blob;
  private final @Nullable ZtocRef ztoc;
  private final @Nullable SociIndex index;
  private final Until until;
  private @Nullable Tools tools;
  private volatile @Nullable Opened opened;
  private volatile @Nullable Exception failure;
  private long askedNanos;

  private record Tools(
      ImageIndexes indexes,
      LayerOpener opener,
      Semaphore unpacks,
      ImageConfig config,
      ParallelDownloads.Share share,
      ImageStart start) {}

  private record Opened(int number, boolean lazy, List<SpanRange> wanted) {}

  private PrewarmLayer(
      LayerBlob blob, @Nullable ZtocRef ztoc, @Nullable SociIndex index, Until until) {
    this.blob = blob;
    this.ztoc = ztoc;
    this.index = index;
    this.until = until;
  }

  static PrewarmLayer indexed(
      IndexDiscovery.Found found,
      OciDescriptor layer,
      Repository repository,
      PullPolicy policy,
      Until until) {
    LayerBlob blob = new LayerBlob(layer.digest(), layer.sizeBytes(), repository);
    return switch (LayerChoice.of(found, layer, policy)) {
      case LayerChoice.Lazy(ZtocRef ref, _) -> new PrewarmLayer(blob, ref, found.index(), until);
      case LayerChoice.Whole _ -> new PrewarmLayer(blob, null, null, until);
    };
  }

  static PrewarmLayer whole(OciDescriptor layer, Repository repository, Until until) {
    LayerBlob blob = new LayerBlob(layer.digest(), layer.sizeBytes(), repository);
    return new PrewarmLayer(blob, null, null, until);
  }

  PrewarmLayer with(
      ImageIndexes indexes,
      LayerOpener opener,
      Semaphore unpacks,
      ImageConfig config,
      ParallelDownloads.Share share,
      ImageStart start) {
    tools = new Tools(indexes, opener, unpacks, config, share, start);
    return this;
  }

  /// Whether there is anything to do: layers that are not indexed have no part in "until index".
  boolean isWanted() {
    return ztoc != null || until != Until.INDEX;
  }

  Digest digest() {
    return blob.digest();
  }

  /// Number in the store; once it is there.
  int number() {
    return Objects.requireNonNull(opened, "the layer is open").number();
  }

  private Tools tools() {
    return Objects.requireNonNull(tools, "with() comes first");
  }

  /// Brings the layer into the store; a failure is kept for [#check].
  void open() {
    try {
      opened = ztoc == null ? unpack() : openLazy(ztoc);
    } catch (IOException | InterruptedException | RuntimeException e) {
      failure = e;
    }
  }

  private Opened unpack() throws IOException, InterruptedException {
    Digest diffId = tools().config().layers().diffId(blob.digest());
    UnpackOrder order = new UnpackOrder(diffId, Optional.empty(), false, tools().share());
    tools().unpacks().acquire();
    try {
      LayerOpener.Opened made = tools().opener().unpack(blob, order);
      return start(made, List.of());
    } finally {
      tools().unpacks().release();
    }
  }

  private Opened openLazy(ZtocRef ref) throws IOException {
    Tools with = tools();
    LayerOpener.Opened made =
        with.opener()
            .openLazy(blob, ref.ztoc().digest(), () -> with.indexes().ztoc(blob.repository(), ref));
    List<SpanRange> wanted = List.of();
    if (made.lazy() && until != Until.INDEX && index != null) {
      SociIndex advising = index;
      wanted =
          with.start()
              .wanted(blob.digest(), ref.ztoc().digest())
              .orElseGet(() -> PrefetchArtifacts.of(advising, blob, with.indexes()).ranges());
    }
    return start(made, wanted);
  }

  private Opened start(LayerOpener.Opened made, List<SpanRange> wanted) {
    Opened now = new Opened(made.number(), made.lazy(), wanted);
    ask(now);
    return now;
  }

  private void ask(Opened now) {
    LayerOpener opener = tools().opener();
    askedNanos = System.nanoTime();
    for (SpanRange range : now.wanted()) {
      opener.prefetch(digest(), range.firstSpan(), range.lastSpan() + 1, range.priority());
    }
    if (now.lazy() && until == Until.FULL) {
      opener.fill(digest());
    }
  }

  /// Throws what went wrong; asks again for what does not come.
  void check() throws IOException {
    Exception failed = failure;
    if (failed != null) {
      throw new IOException(
          "layer %s could not be brought here: %s".formatted(digest(), failed.getMessage()),
          failed);
    }
    Opened now = opened;
    if (now == null) {
      return;
    }
    Optional<LayerState> state = tools().opener().state(digest());
    if (state.isEmpty() || state.get().number() != now.number()) {
      throw new IOException("layer %s was removed meanwhile".formatted(digest()));
    }
    if (!part().done() && System.nanoTime() - askedNanos > ASK_AGAIN_NANOS) {
      ask(now);
    }
  }

  /// How far it is.
  LayerPart part() {
    Opened now = opened;
    Optional<LayerState> state = tools().opener().state(digest());
    String error = state.flatMap(LayerState::trouble).map(t -> t.message()).orElse("");
    if (now == null || state.isEmpty()) {
      long wanted = until == Until.FULL || ztoc == null ? blob.sizeBytes() : 0;
      return new LayerPart(digest(), ztoc != null, wanted, 0, false, error);
    }
    if (!now.lazy()) {
      return new LayerPart(digest(), false, blob.sizeBytes(), blob.sizeBytes(), true, "");
    }
    return switch (until) {
      case INDEX -> new LayerPart(digest(), true, 0, 0, true, "");
      case PROFILE -> ofRanges(now, error);
      case FULL -> {
        LayerProgress all = state.get().progress();
        boolean settled = state.get().settled();
        yield new LayerPart(
            digest(), true, all.bytes(), all.bytesPresent(), settled, settled ? "" : error);
      }
    };
  }

  private LayerPart ofRanges(Opened now, String error) {
    long wanted = 0;
    long present = 0;
    boolean complete = true;
    for (SpanRange range : now.wanted()) {
      LayerProgress part =
          tools()
              .opener()
              .progress(digest(), range.firstSpan(), range.lastSpan() + 1)
              .orElse(new LayerProgress(0, 1, 0, 0));
      wanted += part.bytes();
      present += part.bytesPresent();
      complete &= part.complete();
    }
    return new LayerPart(digest(), true, wanted, present, complete, complete ? "" : error);
  }
}
