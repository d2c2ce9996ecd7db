package io.thaw.daemon.layer;

import io.thaw.daemon.ahead.ReadAhead;
import io.thaw.daemon.cover.LayerFrame;
import io.thaw.daemon.disk.DiskSpace;
import io.thaw.daemon.disk.MemorySpans;
import io.thaw.daemon.fetch.ParallelDownloads;
import io.thaw.daemon.fetch.SpanScheduler;
import io.thaw.fuse.sys.Linux;
import io.thaw.fuse.sys.Trees;
import io.thaw.registry.Digest;
import io.thaw.ztoc.SpanExtractor;
import io.thaw.ztoc.Ztoc;
import io.thaw.ztoc.ZtocLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All layers of this host; owns every path under its root.
///
/// A layer is keyed by the digest of its stored bytes and exists once, whoever asks for it. Safe
/// for use by many threads: concurrent calls for one digest do the work once.
public final class LayerStore implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LayerStore.class);
  private static final int OPEN_FILES = 512;
  private static final long CLOSE_WAIT_SECONDS = 10;

  private final Path root;
  private final Remover remover;
  private final LazyLayer.Shared shared;
  private final EagerLayers eager;
  private final ReentrantLock recording = new ReentrantLock();
  private final AtomicInteger nextNumber = new AtomicInteger(1);
  private final Map<Digest, Layer> layers = new ConcurrentHashMap<>();
  private final Map<Digest, CompletableFuture<Layer>> pending = new ConcurrentHashMap<>();

  private LayerStore(
      Path root,
      SpanScheduler scheduler,
      BlobSources sources,
      SpanExtractor extractor,
      EagerLayers eager,
      DiskSpace disk,
      MemorySpans memory,
      String boot,
      LayerReads.Factory reads) {
    this.root = root;
    this.eager = eager;
    remover = new Remover(root);
    ScheduledExecutorService settler =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("thaw-settle").factory());
    shared =
        new LazyLayer.Shared(
            scheduler,
            new ReadAhead(scheduler.readsAhead()),
            sources,
            extractor,
            new OpenFiles(OPEN_FILES),
            disk,
            memory,
            remover,
            settler,
            boot,
            reads);
  }

  /// Opens the store and the layers recorded in it; leftovers of a crash are removed. Layers that
  /// were not settled begin from nothing if the host was booted since, because what the tree holds
  /// may not have reached the disk. Nothing is fetched until a layer is filled or read.
  ///
  /// @param root the directory `layers/`, created if absent
  /// @param extractor decodes spans of layers
  /// @param downloads bring layers that are fetched whole
  /// @param decompressors other programs to decompress those with
  /// @param disk the disk of `root`
  /// @param memory where spans go while it is full
  /// @param reads hear what readers need
  public static LayerStore open(
      Path root,
      SpanScheduler scheduler,
      BlobSources sources,
      SpanExtractor extractor,
      ParallelDownloads downloads,
      Decompressors decompressors,
      DiskSpace disk,
      MemorySpans memory,
      LayerReads.Factory reads)
      throws IOException {
    EagerLayers eager = EagerLayers.of(downloads, decompressors);
    return open(
        root, scheduler, sources, extractor, eager, disk, memory, SpanBitmap.currentBoot(), reads);
  }

  static LayerStore open(
      Path root,
      SpanScheduler scheduler,
      BlobSources sources,
      SpanExtractor extractor,
      EagerLayers eager,
      DiskSpace disk,
      MemorySpans memory,
      String boot,
      LayerReads.Factory reads)
      throws IOException {
    prepareRoot(root);
    LayerStore store =
        new LayerStore(root, scheduler, sources, extractor, eager, disk, memory, boot, reads);
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(root)) {
      for (Path directory : directories) {
        store.reopen(directory);
      }
    }
    return store;
  }

  /// Makes the directory `layers/` that only the daemon may look into.
  public static void prepareRoot(Path root) throws IOException {
    Files.createDirectories(root);
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx------"));
  }

  private void reopen(Path directory) throws IOException {
    int number = number(directory);
    LayerPaths paths = new LayerPaths(directory);
    // What was written shortly before the host went down may be there without its content.
    if (number < 0 || !Files.exists(paths.record()) || Files.size(paths.record()) == 0) {
      LOG.info("{} is a leftover and is removed.", directory);
      remover.remove(directory);
      return;
    }
    nextNumber.accumulateAndGet(number + 1, Math::max);
    LayerRecord record;
    try {
      record = LayerRecord.read(paths.record());
    } catch (IOException e) {
      LOG.error("A layer cannot be read and is left alone: {}", e.getMessage());
      return;
    }
    try {
      layers.put(record.blob().digest(), reopen(number, paths, record));
    } catch (IOException | RuntimeException e) {
      LOG.error(
          "Layer {} cannot be opened again and is removed; images that contain it have to be pulled"
              + " again: {}",
          record.blob().digest(),
          e.getMessage(),
          e);
      remover.remove(directory);
    }
  }

  private Layer reopen(int number, LayerPaths paths, LayerRecord record) throws IOException {
    LayerUsage settled = record.settled();
    if (record.ztocDigest() == null) {
      if (settled == null) {
        throw new IOException("it was never unpacked completely");
      }
      UnpackedLayer layer = new UnpackedLayer(number, record.blob(), paths.tree(), settled);
      if (record.unsyncedBoot() != null) {
        if (!record.unsyncedBoot().equals(shared.boot())) {
          throw new IOException("the host went down before all of it was on the disk");
        }
        syncLater(layer, record);
      }
      return layer;
    }
    if (!LazyLayer.trusted(paths, record, shared.boot())) {
      LOG.info(
          "Layer {} was not settled when the host went down; it is fetched again.",
          record.blob().digest());
      remover.remove(paths.tree());
      Files.deleteIfExists(paths.spans());
    }
    Trees.delete(paths.emptyTree());
    removeSpools(paths);
    return LazyLayer.open(number, paths, record, shared);
  }

  private static void removeSpools(LayerPaths paths) throws IOException {
    try (DirectoryStream<Path> spools = Files.newDirectoryStream(paths.directory(), "spool-*")) {
      for (Path spool : spools) {
        Files.delete(spool);
      }
    }
  }

  private static int number(Path directory) {
    String name = String.valueOf(directory.getFileName());
    try {
      return name.matches("[1-9][0-9]{0,8}") ? Integer.parseInt(name) : -1;
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  /// The layer, opened for lazy reading if the store does not have it. An unpacked layer of that
  /// digest is just as well and is returned.
  ///
  /// @param ztocDigest digest of the layer's zTOC
  /// @param ztoc opened only if needed; verified against `ztocDigest`
  /// @throws IOException if the zTOC cannot be had, is not the promised one, or does not describe a
  ///     layer that can be unpacked; nothing is left behind
  public Layer openLazy(LayerBlob blob, Digest ztocDigest, ByteSupplier ztoc) throws IOException {
    return once(blob.digest(), () -> makeLazy(blob, ztocDigest, ztoc));
  }

  private Layer makeLazy(LayerBlob blob, Digest ztocDigest, ByteSupplier ztoc) throws IOException {
    int number = nextNumber.getAndIncrement();
    LayerPaths paths = LayerPaths.of(root, number);
    Files.createDirectory(paths.directory());
    try {
      try (InputStream in = ztoc.open()) {
        DurableFiles.writeVerified(paths.ztoc(), in, ztocDigest, ZtocLimits.DEFAULT.maxFileBytes());
      }
      LayerRecord record = new LayerRecord(blob, ztocDigest, null, null);
      LazyLayer layer = LazyLayer.open(number, paths, record, shared);
      try {
        FrameFile.write(paths, layer.filesystem().tree());
        record.write(paths.record());
      } catch (IOException | RuntimeException e) {
        layer.close();
        throw e;
      }
      return layer;
    } catch (IOException | RuntimeException e) {
      Trees.delete(paths.directory());
      throw e;
    }
  }

  /// A share of the downloads for an image that is brought here now.
  public ParallelDownloads.Share share() {
    return eager.downloads().share();
  }

  /// A layer that was asked for as a whole.
  ///
  /// @param ztoc what was made on the way, if it was unpacked just now and a zTOC was wished for
  public record Unpacked(Layer layer, Optional<MadeZtoc> ztoc) {}

  /// The layer, fetched whole and unpacked if the store does not have it; returns when its tree is
  /// complete. A lazy layer of that digest is returned as it is. The tree is synced to the disk
  /// soon; should the host go down before, the layer is gone after its next start.
  ///
  /// @throws IOException if the bytes cannot be had, have another digest or cannot be unpacked;
  ///     nothing is left behind
  /// @throws InterruptedIOException if the thread is interrupted, which ends the work
  public Unpacked unpack(LayerBlob blob, UnpackOrder order) throws IOException {
    AtomicReference<MadeZtoc> made = new AtomicReference<>();
    Layer layer = once(blob.digest(), () -> awaitMine(blob, order, made));
    return new Unpacked(layer, Optional.ofNullable(made.get()));
  }

  private Layer awaitMine(LayerBlob blob, UnpackOrder order, AtomicReference<MadeZtoc> made)
      throws IOException {
    Future<Layer> work = eager.threads().submit(() -> makeUnpacked(blob, order, made));
    try {
      return await(work, blob);
    } catch (InterruptedIOException e) {
      work.cancel(true);
      throw e;
    }
  }

  private Layer makeUnpacked(LayerBlob blob, UnpackOrder order, AtomicReference<MadeZtoc> made)
      throws IOException {
    int number = nextNumber.getAndIncrement();
    LayerPaths paths = LayerPaths.of(root, number);
    Files.createDirectory(paths.directory());
    try {
      Optional<LayerUsage> bySpans = unpackSpans(blob, order, paths);
      LayerUsage usage;
      if (bySpans.isPresent()) {
        usage = bySpans.get();
      } else {
        Unpacker unpacker = new Unpacker(paths, blob, order.diffId(), order.makeZtoc(), eager);
        try (InputStream stored = download(blob, order)) {
          Unpacker.Result result = unpacker.unpack(stored);
          usage = result.usage();
          result.ztoc().ifPresent(made::set);
        }
      }
      LayerRecord record = new LayerRecord(blob, null, usage, shared.boot());
      record.write(paths.record());
      UnpackedLayer layer = new UnpackedLayer(number, blob, paths.tree(), usage);
      syncLater(layer, record);
      return layer;
    } catch (IOException | RuntimeException e) {
      Trees.delete(paths.directory());
      throw e;
    }
  }

  private InputStream download(LayerBlob blob, UnpackOrder order) {
    return eager.downloads().open(shared.sources().open(blob), order.share());
  }

  /// Unpacks by the layer's zTOC; empty if there is none or it is no good, and then nothing is left
  /// of the attempt.
  private Optional<LayerUsage> unpackSpans(LayerBlob blob, UnpackOrder order, LayerPaths paths)
      throws IOException {
    if (order.ztoc().isEmpty()) {
      return Optional.empty();
    }
    UnpackOrder.KnownZtoc known = order.ztoc().get();
    try {
      try (InputStream in = known.content().open()) {
        long limit = ZtocLimits.DEFAULT.maxFileBytes();
        DurableFiles.writeVerified(paths.ztoc(), in, known.digest(), limit);
      }
      try (Ztoc ztoc = Ztoc.open(paths.ztoc())) {
        if (SpanUnpacker.canUse(ztoc, blob)) {
          try (InputStream stored = download(blob, order)) {
            return Optional.of(
                SpanUnpacker.unpack(
                    stored, blob.digest(), ztoc, shared.extractor(), paths, eager.threads()));
          }
        }
      }
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      LOG.warn(
          "Layer {} cannot be unpacked by its zTOC {} and is fetched again as one stream: {}",
          blob.digest(),
          known.digest(),
          e.getMessage());
      Trees.delete(paths.tree());
    } finally {
      Files.deleteIfExists(paths.ztoc());
    }
    return Optional.empty();
  }

  /// Notes on the disk that a tree has reached it, once it has.
  private void syncLater(UnpackedLayer layer, LayerRecord record) {
    try {
      shared.settler().execute(() -> sync(layer, record));
    } catch (RejectedExecutionException e) {
      LOG.debug("layer {} is synced after the next start", layer.digest(), e);
    }
  }

  private void sync(UnpackedLayer layer, LayerRecord record) {
    try {
      int fd = TreeFiles.openRoot(layer.tree());
      try {
        Linux.syncfs(fd);
      } finally {
        Linux.close(fd);
      }
      recording.lock();
      try {
        if (layer.equals(layers.get(layer.digest())) || pending.containsKey(layer.digest())) {
          record.synced().write(LayerPaths.of(root, layer.number()).record());
        }
      } finally {
        recording.unlock();
      }
    } catch (IOException e) {
      LOG.warn(
          "Layer {} is unpacked but could not be synced to the disk: {}",
          layer.digest(),
          e.getMessage());
    }
  }

  @FunctionalInterface
  private interface Making {
    Layer make() throws IOException;
  }

  /// Makes the layer unless it is there. Of several callers one does the work; should its work be
  /// ended, another takes it over.
  private Layer once(Digest digest, Making making) throws IOException {
    while (true) {
      CompletableFuture<Layer> mine = new CompletableFuture<>();
      CompletableFuture<Layer> other = pending.putIfAbsent(digest, mine);
      if (other == null) {
        return make(digest, making, mine);
      }
      try {
        return await(other, digest);
      } catch (AbandonedException e) {
        LOG.debug("the work on layer {} was abandoned and begins anew", digest, e);
      }
    }
  }

  private Layer make(Digest digest, Making making, CompletableFuture<Layer> mine)
      throws IOException {
    try {
      Layer layer = layers.get(digest);
      if (layer == null) {
        layer = making.make();
        layers.put(digest, layer);
      }
      mine.complete(layer);
      return layer;
    } catch (IOException | RuntimeException | Error e) {
      mine.completeExceptionally(e);
      throw e;
    } finally {
      pending.remove(digest, mine);
    }
  }

  /// Somebody else's work on a layer was ended by an interrupt.
  private static final class AbandonedException extends IOException {
    private static final long serialVersionUID = 1L;

    AbandonedException(Throwable cause) {
      super("the work was ended", cause);
    }
  }

  private static Layer await(Future<Layer> future, Object what) throws IOException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      if (cause instanceof InterruptedIOException) {
        throw new AbandonedException(cause);
      }
      throw new IOException("cannot open " + what + ": " + cause.getMessage(), cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for " + what);
    }
  }

  /// The layer with this digest.
  public Optional<Layer> find(Digest layerDigest) {
    return Optional.ofNullable(layers.get(layerDigest));
  }

  /// The layer with this number.
  public Optional<Layer> find(int number) {
    return layers.values().stream().filter(layer -> layer.number() == number).findFirst();
  }

  /// The directories of the layer that depend on where in an image it lies; empty if none do.
  public Optional<LayerFrame> frame(Layer layer) throws IOException {
    return FrameFile.read(LayerPaths.of(root, layer.number()));
  }

  /// All layers, by number.
  public List<Layer> layers() {
    return layers.values().stream().sorted(Comparator.comparingInt(Layer::number)).toList();
  }

  /// Removes the layer and everything of it. It must not be mounted any more. Its files are out of
  /// sight when this returns and deleted some time later ({@link #awaitRemovals}). Does nothing if
  /// it is not there.
  public void remove(Layer layer) throws IOException {
    if (!layers.remove(layer.digest(), layer)) {
      return;
    }
    LayerPaths paths = LayerPaths.of(root, layer.number());
    try {
      if (layer instanceof LazyLayer lazy) {
        lazy.close();
      }
    } finally {
      recording.lock();
      try {
        remover.remove(paths.directory());
      } finally {
        recording.unlock();
      }
    }
  }

  /// Waits until the files of all removed layers are deleted.
  ///
  /// @throws IOException if some cannot be
  public void awaitRemovals() throws IOException {
    remover.await();
  }

  /// Empties a lazy layer, whose bytes can be fetched again.
  ///
  /// @param unused whether nobody needs it; asked while it is not offered to anybody
  /// @return whether it was emptied
  public boolean evict(Layer layer, BooleanCheck unused) throws IOException {
    return layer instanceof LazyLayer lazy && lazy.evict(unused);
  }

  /// There is space on the disk again: what waited for it goes on.
  public void spaceReturned() {
    shared.memory().clear();
    for (Layer layer : layers.values()) {
      if (layer instanceof LazyLayer lazy) {
        lazy.spaceReturned();
      }
    }
  }

  /// A question that may need the disk.
  @FunctionalInterface
  public interface BooleanCheck {
    boolean check() throws IOException;
  }

  /// Ends filling and reading of all layers; their files stay. Waits some seconds for what is being
  /// written.
  @Override
  public void close() throws IOException {
    eager.close();
    IOException failure = null;
    for (Layer layer : layers.values()) {
      try {
        if (layer instanceof LazyLayer lazy) {
          lazy.close();
        }
      } catch (IOException e) {
        failure = e;
      }
    }
    // Not before: a span that lands last asks for settling.
    shared.settler().shutdown();
    try {
      if (!shared.settler().awaitTermination(CLOSE_WAIT_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("A layer is still settling after {} s; it settles again.", CLOSE_WAIT_SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    shared.openFiles().close();
    remover.close();
    if (failure != null) {
      throw failure;
    }
  }
}
