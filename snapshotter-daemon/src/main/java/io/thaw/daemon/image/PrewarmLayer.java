package io.thaw.daemon.image;

import io.thaw.daemon.fetch.ParallelDownloads;
import io.thaw.daemon.image.PrewarmRequest.Until;
import io.thaw.daemon.image.PrewarmState.LayerPart;
import io.thaw.daemon.layer.LayerBlob;
import io.thaw.daemon.layer.LayerProgress;
import io.thaw.daemon.layer.LayerState;
import io.thaw.daemon.layer.UnpackOrder;
import io.thaw.daemon.layer.UnpackOrder.KnownZtoc;
import io.thaw.daemon.profile.ImageStarts.ImageStart;
import io.thaw.index.PrefetchArtifact.SpanRange;
import io.thaw.index.SociIndex;
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
  private final Optional<KnownZtoc> ztoc;
  private final boolean lazily;
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

  /// @param lazily whether it is opened through its zTOC, which it has then
  /// @param index advises what comes early; null if none does
  private PrewarmLayer(
      LayerBlob blob,
      Optional<KnownZtoc> ztoc,
      boolean lazily,
      @Nullable SociIndex index,
      Until until) {
    this.blob = blob;
    this.ztoc = ztoc;
    this.lazily = lazily;
    this.index = index;
    this.until = until;
  }

  /// A layer that comes the way it would in a pull.
  ///
  /// @throws IOException if nobody here can bring it
  static PrewarmLayer of(LayerWays ways, OciDescriptor layer, Repository repository, Until until)
      throws IOException {
    return switch (ways.of(layer)) {
      case LayerWay.Lazy(KnownZtoc ztoc, _) ->
          new PrewarmLayer(
              blob(layer, repository),
              Optional.of(ztoc),
              true,
              ways.index().filter(_ -> ways.refOf(layer, ztoc).isPresent()).orElse(null),
              until);
      case LayerWay.Eager(Optional<KnownZtoc> ztoc, _) ->
          new PrewarmLayer(blob(layer, repository), ztoc, false, null, until);
      case LayerWay.Left(String reason) ->
          throw new IOException(
              "layer %s cannot be brought here: %s".formatted(layer.digest(), reason));
    };
  }

  private static LayerBlob blob(OciDescriptor layer, Repository repository) {
    return new LayerBlob(layer.digest(), layer.sizeBytes(), repository);
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
    return lazily || until != Until.INDEX;
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
      opened = lazily ? openLazy(ztoc.orElseThrow()) : unpack();
    } catch (IOException | InterruptedException | RuntimeException e) {
      failure = e;
    }
  }

  private Opened unpack() throws IOException, InterruptedException {
    Digest diffId = tools().config().layers().diffId(blob.digest());
    UnpackOrder order = new UnpackOrder(diffId, ztoc, false, tools().share());
    tools().unpacks().acquire();
    try {
      LayerOpener.Opened made = tools().opener().unpack(blob, order);
      return start(made, List.of());
    } finally {
      tools().unpacks().release();
    }
  }

  private Opened openLazy(KnownZtoc known) throws IOException {
    Tools with = tools();
    LayerOpener.Opened made = with.opener().openLazy(blob, known.digest(), known.content());
    List<SpanRange> wanted = List.of();
    if (made.lazy() && until != Until.INDEX) {
      wanted = with.start().wanted(blob.digest(), known.digest()).orElseGet(() -> advised(with));
    }
    return start(made, wanted);
  }

  private List<SpanRange> advised(Tools with) {
    return index == null ? List.of() : PrefetchArtifacts.of(index, blob, with.indexes()).ranges();
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
      long wanted = until == Until.FULL || !lazily ? blob.sizeBytes() : 0;
      return new LayerPart(digest(), lazily, wanted, 0, false, error);
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
