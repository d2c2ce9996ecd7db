package io.thaw.daemon.layer;

import io.thaw.daemon.ahead.ReadAhead;
import io.thaw.daemon.disk.DiskErrors;
import io.thaw.daemon.disk.DiskSpace;
import io.thaw.daemon.disk.MemorySpans;
import io.thaw.daemon.fetch.FetchTrouble;
import io.thaw.daemon.fetch.SpanScheduler;
import io.thaw.fuse.LayerFilesystem;
import io.thaw.ztoc.SpanExtractor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
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
  private static final long LOCK_WAIT_SECONDS = 10;

  /// What all layers of a store share.
  record Shared(
      SpanScheduler scheduler,
      ReadAhead ahead,
      BlobSources sources,
      SpanExtractor extractor,
      OpenFiles openFiles,
      DiskSpace disk,
      MemorySpans memory,
      Remover remover,
      ScheduledExecutorService settler,
      String boot,
      LayerReads.Factory reads) {}

  /// What stays the same in all lives of the layer.
  private record Opened(OpenZtoc ztoc, LayerFilesystem filesystem) {}

  private final int number;
  private final LayerPaths paths;
  private final Shared shared;
  private final LastUse lastUse;
  private final LayerReads reads;
  private final AtomicBoolean settling = new AtomicBoolean();
  private final ReentrantLock lock = new ReentrantLock();
  private volatile CompletableFuture<Layer> settlement = new CompletableFuture<>();
  private volatile LayerRecord record;
  private volatile @Nullable Opened opened;
  private volatile @Nullable LayerLife life;

  /// Whether the tree is not to be given to anybody any more, because it may be about to go.
  private volatile boolean leaving;

  private volatile boolean closed;

  private LazyLayer(int number, LayerPaths paths, LayerRecord record, Shared shared)
      throws IOException {
    this.number = number;
    this.paths = paths;
    this.record = record;
    this.shared = shared;
    lastUse = LastUse.of(paths);
    reads = shared.reads.of(record.blob());
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
      layer.openReads();
    }
    return layer;
  }

  /// Opens what reads need; the lock is held, or nobody else knows the layer yet.
  private Opened openReads() throws IOException {
    Opened known = opened;
    if (known != null) {
      return known;
    }
    OpenZtoc ztoc = OpenZtoc.open(paths, record);
    try {
      LazyContent content =
          new LazyContent(ztoc.tree(), shared.openFiles, shared.memory, new ContentSource(), reads);
      Opened now = new Opened(ztoc, new LayerFilesystem(digest().toString(), ztoc.tree(), content));
      life = beginLife(now);
      reads.opened(
          Objects.requireNonNull(record.ztocDigest(), "a lazy layer has a zTOC"),
          ztoc.spans(),
          ztoc.tree());
      opened = now;
      return now;
    } catch (IOException | RuntimeException e) {
      ztoc.close();
      throw e;
    }
  }

  private LayerLife beginLife(Opened opening) throws IOException {
    LayerLife begun =
        LayerLife.begin(paths, record, shared, opening.ztoc, this::requestSettle, reads);
    if (record.settled() == null && isComplete(begun)) {
      requestSettle();
    }
    return begun;
  }

  /// The layer as its content sees it.
  private final class ContentSource implements LazyContent.Source {
    @Override
    public LayerLife life() throws IOException {
      LayerLife now = life;
      if (now == null || closed) {
        throw new IOException("layer " + digest() + " is closed");
      }
      return now;
    }

    @Override
    public LayerLife lifeAfter(LayerLife failed) throws IOException {
      if (leaving) {
        // It is being emptied: its next life begins when the lock is free.
        lock.lock();
        try {
          return life();
        } finally {
          lock.unlock();
        }
      }
      return life();
    }

    @Override
    public void used() {
      lastUse.now();
    }
  }

  private void requestSettle() {
    if (settling.compareAndSet(false, true)) {
      shared.settler.execute(this::settle);
    }
  }

  /// There is space on the disk again.
  void spaceReturned() {
    LayerLife.Filling now = fillingNow();
    if (now != null && now.bitmap().isComplete() && !settled()) {
      requestSettle();
    }
  }

  private void settle() {
    lock.lock();
    try {
      LayerLife now = life;
      // A layer may have been emptied since it asked to settle.
      if (closed || record.settled() != null || now == null || !isComplete(now)) {
        settling.set(false);
        return;
      }
      settle(now);
    } catch (IOException | RuntimeException e) {
      cannotSettle(e);
      return;
    } finally {
      lock.unlock();
    }
    settlement.complete(this);
  }

  private static boolean isComplete(LayerLife life) {
    LayerLife.Filling filling = life.filling();
    return filling == null || filling.bitmap().isComplete();
  }

  private void settle(LayerLife now) throws IOException {
    long start = System.nanoTime();
    LayerUsage usage = new TreeFinisher(now.files(), (_, _, _) -> {}).finish();
    now.files().sync();
    LayerRecord settledNow = record.settledWith(usage);
    settledNow.write(paths.record());
    record = settledNow;
    reads.settled();
    LOG.info(
        "Layer {} is settled: {} files, {} bytes on disk, completed in {} ms.",
        digest(),
        usage.inodes(),
        usage.sizeBytes(),
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
  }

  private void cannotSettle(Exception e) {
    LayerLife now = life;
    if (now != null) {
      // What was made before it failed is not counted.
      now.treeUsage().forget();
    }
    settling.set(false);
    if (closed) {
      return;
    }
    if (DiskErrors.isFull(e)) {
      shared.disk.writeFailed(new IOException("a layer cannot settle: " + e.getMessage(), e));
    }
    LOG.error(
        "Layer {} is complete but cannot settle, which is tried again in {} s; it stays mounted"
            + " lazily: {}",
        digest(),
        SETTLE_RETRY_SECONDS,
        e.getMessage(),
        e);
    var _ = shared.settler.schedule(this::requestSettle, SETTLE_RETRY_SECONDS, TimeUnit.SECONDS);
  }

  private LayerLife.@Nullable Filling fillingNow() {
    LayerLife now = life;
    return now == null || record.settled() != null ? null : now.filling();
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
    return record.settled() != null && !leaving;
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
  public void mounted() {
    reads.mounted();
  }

  @Override
  public void fill() {
    LayerLife.Filling now = fillingNow();
    // Emptied to make room: filling it again before somebody needs it would empty another one.
    if (now != null && !record.evicted() && !now.bitmap().isComplete()) {
      now.fetches().fill();
    }
  }

  @Override
  public void expectReaders() {
    LayerLife.Filling now = fillingNow();
    if (now != null && !record.evicted()) {
      now.ahead().mounted();
    }
  }

  @Override
  public void prefetch(int first, int end, int rank) {
    LayerLife.Filling now = fillingNow();
    if (now != null) {
      int from = Math.max(0, first);
      int to = Math.min(now.bitmap().count(), end);
      if (from < to) {
        now.ahead().guide();
        now.fetches().prefetch(from, to, rank);
      }
    }
  }

  @Override
  public LayerProgress progress() {
    LayerLife.Filling now = fillingNow();
    long size = blob().sizeBytes();
    if (now == null) {
      return new LayerProgress(1, 1, size, size);
    }
    return new LayerProgress(
        now.bitmap().presentCount(),
        now.bitmap().count(),
        // Spans may leave a header or trailer of the stored bytes out.
        now.bitmap().isComplete() ? size : Math.min(size, now.spans().compressedPresent()),
        size);
  }

  @Override
  public LayerProgress progress(int first, int end) {
    LayerLife.Filling now = fillingNow();
    if (now == null) {
      return progress();
    }
    int from = Math.max(0, first);
    int to = Math.min(now.bitmap().count(), end);
    int present = 0;
    long bytesPresent = 0;
    long bytes = 0;
    for (int span = from; span < to; span++) {
      long length = now.spans().compressedEnd(span) - now.spans().compressedStart(span);
      bytes += length;
      if (now.bitmap().arePresent(span, span + 1)) {
        present++;
        bytesPresent += length;
      }
    }
    return new LayerProgress(present, Math.max(0, to - from), bytesPresent, bytes);
  }

  @Override
  public Optional<FetchTrouble> trouble() {
    LayerLife.Filling now = fillingNow();
    return now == null ? Optional.empty() : now.fetches().trouble();
  }

  @Override
  public LayerUsage usage() {
    LayerUsage measured = record.settled();
    if (measured != null) {
      return measured;
    }
    LayerLife now = life;
    return now == null ? new LayerUsage(0, 0) : now.usage();
  }

  @Override
  public Instant lastUsed() {
    return lastUse.instant();
  }

  @Override
  public void used() throws IOException {
    lastUse.now();
    if (!record.evicted()) {
      return;
    }
    lock.lock();
    try {
      if (record.evicted()) {
        LayerRecord wanted = record.emptied(false);
        wanted.write(paths.record());
        record = wanted;
      }
    } finally {
      lock.unlock();
    }
  }

  /// Empties the layer: it is lazy again, and what it took on disk is given back.
  ///
  /// From the first moment on its tree is not offered any more; `unused` is asked after that, so
  /// whoever was given the tree before is seen, and nobody is given it later. The steps are in an
  /// order that a crash may cut anywhere: the record, the bitmap, the tree.
  ///
  /// @param unused whether nobody has the tree or is about to read the layer
  /// @return whether it was emptied
  boolean evict(LayerStore.BooleanCheck unused) throws IOException {
    if (!tryLock()) {
      return false;
    }
    leaving = true;
    try {
      if (closed || record.evicted() || !unused.check()) {
        return false;
      }
      Opened reads = openReads();
      LayerLife old = Objects.requireNonNull(life);
      prepareEmpty(reads.ztoc.spans().count());
      settling.set(false);
      if (settlement.isDone()) {
        settlement = new CompletableFuture<>();
      }
      // Readers that fail now wait for the lock, and begin again in the next life.
      end(old);
      shared.remover.remove(paths.tree());
      Files.move(paths.emptyTree(), paths.tree(), StandardCopyOption.ATOMIC_MOVE);
      life = beginLife(reads);
      return true;
    } finally {
      leaving = false;
      lock.unlock();
    }
  }

  /// Does what needs space on the disk, before what cannot be taken back.
  private void prepareEmpty(int spans) throws IOException {
    LayerRecord before = record;
    LayerRecord emptied = before.emptied(true);
    emptied.write(paths.record());
    record = emptied;
    try {
      Files.createDirectories(paths.emptyTree());
      SpanBitmap.create(paths.spans(), spans, shared.boot).close();
    } catch (IOException e) {
      record = before;
      before.write(paths.record());
      throw e;
    }
  }

  private void end(LayerLife old) throws IOException {
    try {
      old.close();
    } finally {
      shared.memory.drop(old.owner());
      shared.openFiles.drop(old.owner());
    }
  }

  private boolean tryLock() {
    try {
      return lock.tryLock(LOCK_WAIT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// Ends fetching and reading; files stay. Waits some seconds for what is being written; what
  /// takes longer ends by itself, and with an error if its files are gone by then.
  void close() throws IOException {
    closed = true;
    LayerLife now = life;
    LayerLife.Filling filling = now == null ? null : now.filling();
    if (filling != null) {
      filling.fetches().close();
    }
    settlement.cancel(false);
    if (!tryLock()) {
      LOG.warn(
          "Layer {} is being written to disk (it settles) for more than {} s; it is closed when"
              + " that is done.",
          digest(),
          LOCK_WAIT_SECONDS);
      shared.settler.execute(this::closeLater);
      return;
    }
    try {
      closeReads();
    } finally {
      lock.unlock();
    }
  }

  private void closeLater() {
    lock.lock();
    try {
      closeReads();
    } catch (IOException e) {
      LOG.warn("Layer {} was not closed cleanly: {}", digest(), e.getMessage());
    } finally {
      lock.unlock();
    }
  }

  private void closeReads() throws IOException {
    LayerLife now = life;
    Opened reads = opened;
    life = null;
    opened = null;
    if (reads != null) {
      try (OpenZtoc _ = reads.ztoc) {
        if (now != null) {
          end(now);
        }
      }
    }
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
