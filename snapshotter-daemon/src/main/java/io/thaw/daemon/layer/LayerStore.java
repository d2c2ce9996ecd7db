package io.thaw.daemon.layer;

import io.thaw.daemon.ahead.ReadAhead;
import io.thaw.daemon.cover.LayerFrame;
import io.thaw.daemon.disk.DiskSpace;
import io.thaw.daemon.disk.MemorySpans;
import io.thaw.daemon.fetch.ParallelDownloads;
import io.thaw.daemon.fetch.SpanScheduler;
import io.thaw.registry.Digest;
import io.thaw.ztoc.SpanExtractor;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All layers of this host; owns every path under its root.
///
/// A layer is keyed by the digest of its stored bytes and exists once, whoever asks for it. Safe
/// for use by many threads: concurrent calls for one digest do the work once. [LayerMaker] makes
/// new layers, [LayerReopener] takes up those of an earlier daemon.
public final class LayerStore implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LayerStore.class);
  private static final int OPEN_FILES = 512;
  private static final long CLOSE_WAIT_SECONDS = 10;

  private final Path root;
  private final LazyLayer.Shared shared;
  private final EagerLayers eager;
  private final TreeSync sync;
  private final LayerMaker maker;
  private final OncePerLayer once = new OncePerLayer();
  private final EmptiedNotes emptied = new EmptiedNotes();
  private final Map<Digest, Layer> layers = new ConcurrentHashMap<>();

  private LayerStore(
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
    this.root = root;
    this.eager = eager;
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
            new Remover(root),
            settler,
            boot,
            reads);
    sync = new TreeSync(root, settler, this::isThere);
    LayerReopener.Found found = new LayerReopener(root, shared, sync, emptied).run();
    found.layers().forEach(layer -> layers.put(layer.digest(), layer));
    maker = new LayerMaker(root, shared, eager, sync, found.highestNumber() + 1);
  }

  private boolean isThere(Layer layer) {
    return layer.equals(layers.get(layer.digest())) || once.isMaking(layer.digest());
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
    EagerLayers eager = EagerLayers.of(downloads, decompressors, extractor.decoders());
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
    return new LayerStore(root, scheduler, sources, extractor, eager, disk, memory, boot, reads);
  }

  /// Makes the directory `layers/` that only the daemon may look into.
  public static void prepareRoot(Path root) throws IOException {
    Files.createDirectories(root);
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx------"));
  }

  /// The layer, opened for lazy reading if the store does not have it. An unpacked layer of that
  /// digest is just as well and is returned.
  ///
  /// @param ztocDigest digest of the layer's zTOC
  /// @param ztoc opened only if needed; verified against `ztocDigest`
  /// @throws IOException if the zTOC cannot be had, is not the promised one, or does not describe a
  ///     layer that can be unpacked; nothing is left behind
  public Layer openLazy(LayerBlob blob, Digest ztocDigest, ByteSupplier ztoc) throws IOException {
    return findOr(blob.digest(), () -> maker.lazy(blob, ztocDigest, ztoc));
  }

  private Layer findOr(Digest digest, OncePerLayer.Making making) throws IOException {
    return once.run(
        digest,
        () -> {
          Layer known = layers.get(digest);
          if (known != null) {
            return known;
          }
          Layer made = making.make();
          layers.put(digest, made);
          return made;
        });
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
    Layer layer = findOr(blob.digest(), () -> maker.unpacked(blob, order, made));
    return new Unpacked(layer, Optional.ofNullable(made.get()));
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
    emptied.forget(layer.digest());
    LayerPaths paths = LayerPaths.of(root, layer.number());
    try {
      if (layer instanceof LazyLayer lazy) {
        lazy.close();
      }
    } finally {
      sync.removing(() -> shared.remover().remove(paths.directory()));
    }
  }

  /// Waits until the files of all removed layers are deleted.
  ///
  /// @throws IOException if some cannot be
  public void awaitRemovals() throws IOException {
    shared.remover().await();
  }

  /// Empties a lazy layer, whose bytes can be fetched again.
  ///
  /// @param reason for people
  /// @param unused whether nobody needs it; asked while it is not offered to anybody
  /// @return whether it was emptied
  public boolean evict(Layer layer, String reason, BooleanCheck unused) throws IOException {
    long bytes = layer.usage().sizeBytes();
    if (!(layer instanceof LazyLayer lazy) || !lazy.evict(unused)) {
      return false;
    }
    emptied.put(
        layer.digest(),
        LayerPaths.of(root, layer.number()),
        new Emptied(Instant.now(), bytes, reason));
    return true;
  }

  /// When the layer was emptied last; empty if it never was.
  public Optional<Emptied> emptied(Digest layerDigest) {
    return emptied.of(layerDigest);
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
    shared.remover().close();
    if (failure != null) {
      throw failure;
    }
  }
}
