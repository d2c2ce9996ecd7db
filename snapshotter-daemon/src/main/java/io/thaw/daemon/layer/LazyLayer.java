package io.thaw.daemon.layer;

import io.thaw.daemon.fetch.FetchTrouble;
import io.thaw.daemon.fetch.LayerFetches;
import io.thaw.daemon.fetch.SpanScheduler;
import io.thaw.fuse.LayerFilesystem;
import io.thaw.registry.Digest;
import io.thaw.ztoc.SpanExtractor;
import io.thaw.ztoc.SpanTable;
import io.thaw.ztoc.Ztoc;
import io.thaw.ztoc.tree.LayerTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A layer that is read through its zTOC while its tree fills.
///
/// A settled layer opens its zTOC only when somebody mounts it.
final class LazyLayer implements Layer {
  private static final Logger LOG = LoggerFactory.getLogger(LazyLayer.class);
  private static final long SETTLE_RETRY_SECONDS = 60;

  /// What all layers of a store share.
  record Shared(
      SpanScheduler scheduler,
      BlobSources sources,
      SpanExtractor extractor,
      OpenFiles openFiles,
      ScheduledExecutorService settler,
      String boot) {}

  /// What reads of the layer need.
  private record Opened(Ztoc ztoc, TreeFiles files, LayerFilesystem filesystem) {
    void close() throws IOException {
      try (ztoc;
          files) {
        // Closing both is all.
      }
    }
  }

  /// What an unsettled layer needs on top.
  private record Filling(SpanBitmap bitmap, LazySpans spans, LayerFetches fetches) {}

  private final int number;
  private final LayerPaths paths;
  private final Shared shared;
  private final CompletableFuture<Layer> settlement = new CompletableFuture<>();
  private final AtomicBoolean settling = new AtomicBoolean();
  private final ReentrantLock lock = new ReentrantLock();
  private volatile LayerRecord record;
  private volatile @Nullable Filling filling;
  private volatile @Nullable Opened opened;
  private volatile boolean closed;

  private LazyLayer(int number, LayerPaths paths, LayerRecord record, Shared shared) {
    this.number = number;
    this.paths = paths;
    this.record = record;
    this.shared = shared;
  }

  /// Opens the layer whose zTOC and record lie in its directory.
  ///
  /// @throws IOException if the zTOC is not the recorded one or does not describe this layer
  static LazyLayer open(int number, LayerPaths paths, LayerRecord record, Shared shared)
      throws IOException {
    LazyLayer layer = new LazyLayer(number, paths, record, shared);
    if (record.settled() != null) {
      layer.settlement.complete(layer);
    } else {
      layer.beginFilling();
    }
    return layer;
  }

  private void beginFilling() throws IOException {
    Opened reads = openReads();
    try {
      int count = reads.ztoc.spans().count();
      SpanBitmap bitmap;
      if (SpanBitmap.trusted(paths.spans(), count, shared.boot)) {
        bitmap = SpanBitmap.open(paths.spans(), count);
      } else {
        bitmap = SpanBitmap.create(paths.spans(), count, shared.boot);
      }
      LazySpans spans =
          new LazySpans(
              paths,
              shared.sources.open(record.blob()),
              reads.ztoc,
              shared.extractor,
              reads.files,
              bitmap,
              this::requestSettle);
      filling = new Filling(bitmap, spans, shared.scheduler.register(spans));
      if (bitmap.isComplete()) {
        requestSettle();
      }
    } catch (IOException | RuntimeException e) {
      reads.close();
      throw e;
    }
  }

  /// Opens what reads need; the lock is held, or nobody else knows the layer yet.
  private Opened openReads() throws IOException {
    Opened known = opened;
    if (known != null) {
      return known;
    }
    Digest expected = Objects.requireNonNull(record.ztocDigest(), "a lazy layer has a zTOC");
    DurableFiles.verify(paths.ztoc(), expected);
    Ztoc ztoc = Ztoc.open(paths.ztoc());
    try {
      LayerTree tree = LayerTree.of(ztoc.toc());
      check(ztoc, tree);
      TreeFiles files = TreeFiles.open(tree, paths.tree());
      LazyContent content =
          new LazyContent(number, ztoc.spans(), files, shared.openFiles, new ContentSpans());
      Opened now = new Opened(ztoc, files, new LayerFilesystem(digest().toString(), tree, content));
      opened = now;
      return now;
    } catch (IOException | RuntimeException e) {
      ztoc.close();
      throw e;
    }
  }

  private void check(Ztoc ztoc, LayerTree tree) throws IOException {
    SpanTable spans = ztoc.spans();
    if (spans.count() == 0 || spans.compressedSizeBytes() != record.blob().sizeBytes()) {
      throw new IOException(
          "the zTOC describes a layer of "
              + spans.compressedSizeBytes()
              + " bytes in "
              + spans.count()
              + " spans, but layer "
              + digest()
              + " has "
              + record.blob().sizeBytes()
              + " bytes; it belongs to another layer");
    }
    if (tree.fileCount() > 0) {
      int last = tree.file(tree.fileCount() - 1);
      long end = tree.dataOffset(last) + tree.sizeBytes(last);
      if (end > spans.uncompressedSizeBytes()) {
        throw new IOException(
            "the zTOC of layer "
                + digest()
                + " has a file that ends at "
                + end
                + ", after the tar's end at "
                + spans.uncompressedSizeBytes());
      }
    }
  }

  /// Presence of spans: all of them once the layer is settled.
  private final class ContentSpans implements LazyContent.Spans {
    @Override
    public boolean arePresent(int first, int end) {
      Filling now = filling;
      return now == null || now.bitmap.arePresent(first, end);
    }

    @Override
    public void await(int first, int end) throws IOException, InterruptedException {
      Filling now = filling;
      if (now != null) {
        now.fetches.demand(first, end);
      }
    }
  }

  private void requestSettle() {
    if (settling.compareAndSet(false, true)) {
      shared.settler.execute(this::settle);
    }
  }

  private void settle() {
    lock.lock();
    try {
      Opened reads = opened;
      if (closed || settled() || reads == null) {
        return;
      }
      long start = System.nanoTime();
      LayerUsage usage = new TreeFinisher(reads.files, (_, _, _) -> {}).finish();
      reads.files.sync();
      LayerRecord now = record.settledWith(usage);
      now.write(paths.record());
      record = now;
      LOG.info(
          "Layer {} is settled: {} files, {} bytes on disk, completed in {} ms.",
          digest(),
          usage.inodes(),
          usage.sizeBytes(),
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
    } catch (IOException | RuntimeException e) {
      LOG.error(
          "Layer {} is complete but cannot settle, which is tried again in {} s; it stays mounted"
              + " lazily: {}",
          digest(),
          SETTLE_RETRY_SECONDS,
          e.getMessage(),
          e);
      settling.set(false);
      var _ = shared.settler.schedule(this::requestSettle, SETTLE_RETRY_SECONDS, TimeUnit.SECONDS);
      return;
    } finally {
      lock.unlock();
    }
    settlement.complete(this);
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public LayerBlob blob() {
    return record.blob();
  }

  @Override
  public boolean lazy() {
    return true;
  }

  @Override
  public Path tree() {
    return paths.tree();
  }

  @Override
  public boolean settled() {
    return record.settled() != null;
  }

  @Override
  public CompletableFuture<Layer> settlement() {
    return settlement.copy();
  }

  @Override
  public LayerFilesystem filesystem() throws IOException {
    Opened known = opened;
    if (known != null && !closed) {
      // Without the lock: settling holds it for as long as the disk takes.
      return known.filesystem;
    }
    lock.lock();
    try {
      if (closed) {
        throw new IOException("layer " + digest() + " is closed");
      }
      return openReads().filesystem;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void fill() {
    Filling now = filling;
    if (now != null && !now.bitmap.isComplete()) {
      now.fetches.fill();
    }
  }

  @Override
  public void prefetch(int first, int end) {
    Filling now = filling;
    if (now != null) {
      int from = Math.max(0, first);
      int to = Math.min(now.bitmap.count(), end);
      if (from < to) {
        now.fetches.prefetch(from, to);
      }
    }
  }

  @Override
  public LayerProgress progress() {
    Filling now = filling;
    long size = blob().sizeBytes();
    if (now == null) {
      return new LayerProgress(1, 1, size, size);
    }
    return new LayerProgress(
        now.bitmap.presentCount(),
        now.bitmap.count(),
        // Spans may leave a header or trailer of the stored bytes out.
        now.bitmap.isComplete() ? size : Math.min(size, now.spans.compressedPresent()),
        size);
  }

  @Override
  public LayerProgress progress(int first, int end) {
    Filling now = filling;
    if (now == null) {
      return progress();
    }
    int from = Math.max(0, first);
    int to = Math.min(now.bitmap.count(), end);
    int present = 0;
    long bytesPresent = 0;
    long bytes = 0;
    for (int span = from; span < to; span++) {
      long length = now.spans.compressedEnd(span) - now.spans.compressedStart(span);
      bytes += length;
      if (now.bitmap.arePresent(span, span + 1)) {
        present++;
        bytesPresent += length;
      }
    }
    return new LayerProgress(present, Math.max(0, to - from), bytesPresent, bytes);
  }

  @Override
  public Optional<FetchTrouble> trouble() {
    Filling now = filling;
    return now == null ? Optional.empty() : now.fetches.trouble();
  }

  @Override
  public LayerUsage usage() {
    LayerUsage measured = record.settled();
    if (measured != null) {
      return measured;
    }
    Filling now = filling;
    Opened reads = opened;
    return now == null || reads == null
        ? new LayerUsage(0, 0)
        : new LayerUsage(now.spans.writtenBytes(), reads.filesystem.tree().inodeCount());
  }

  /// Ends fetching and reading; files stay. Waits for what is being written.
  void close() throws IOException {
    Filling now = filling;
    if (now != null) {
      now.fetches.close();
    }
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      shared.openFiles.drop(number);
      if (now != null) {
        now.bitmap.close();
      }
      Opened reads = opened;
      if (reads != null) {
        reads.close();
      }
    } finally {
      lock.unlock();
    }
    settlement.cancel(false);
  }

  /// Whether what was filled in an earlier life counts; if not, the tree has to be emptied before
  /// the layer is opened.
  static boolean trusted(LayerPaths paths, LayerRecord record, String boot) throws IOException {
    if (record.settled() != null) {
      return true;
    }
    if (!Files.exists(paths.spans())) {
      return false;
    }
    return SpanBitmap.bootOf(paths.spans()).equals(boot);
  }
}
