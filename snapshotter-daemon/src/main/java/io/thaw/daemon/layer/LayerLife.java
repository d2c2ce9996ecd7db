package io.thaw.daemon.layer;

import io.thaw.daemon.ahead.AheadLayer;
import io.thaw.daemon.ahead.LayerAhead;
import io.thaw.daemon.fetch.LayerFetches;
import io.thaw.fuse.sys.Linux;
import io.thaw.ztoc.SpanTable;
import io.thaw.ztoc.tree.LayerTree;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A layer's data from empty until it is evicted or closed: its tree, and while it fills its bitmap
/// and fetches. An evicted layer begins another life with files and numbers of its own, so what was
/// begun in one life can never see or change the data of another.
final class LayerLife {
  private static final Logger LOG = LoggerFactory.getLogger(LayerLife.class);

  /// What an unsettled layer needs.
  record Filling(SpanBitmap bitmap, LazySpans spans, LayerFetches fetches, LayerAhead ahead) {}

  private final long owner;
  private final SpanTable table;
  private final TreeFiles files;
  private final TreeUsage usage;
  private final @Nullable Filling filling;

  /// Begins a life with what is in the layer's directory.
  ///
  /// @param onComplete called when the last span is there, maybe more than once
  static LayerLife begin(
      LayerPaths paths,
      LayerRecord record,
      LazyLayer.Shared shared,
      OpenZtoc ztoc,
      Runnable onComplete,
      LayerReads reads)
      throws IOException {
    TreeUsage usage = new TreeUsage(ztoc.tree(), isEmpty(paths.tree()));
    TreeFiles files = TreeFiles.open(ztoc.tree(), paths.tree(), usage);
    try {
      long owner = shared.openFiles().newOwner();
      Filling filling =
          record.settled() != null
              ? null
              : filling(paths, record.blob(), shared, ztoc, files, owner, onComplete, reads);
      return new LayerLife(owner, ztoc.spans(), files, usage, filling);
    } catch (IOException | RuntimeException e) {
      files.close();
      throw e;
    }
  }

  private static boolean isEmpty(Path tree) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(tree)) {
      return !entries.iterator().hasNext();
    } catch (NoSuchFileException e) {
      return true;
    }
  }

  private static Filling filling(
      LayerPaths paths,
      LayerBlob blob,
      LazyLayer.Shared shared,
      OpenZtoc ztoc,
      TreeFiles files,
      long owner,
      Runnable onComplete,
      LayerReads reads)
      throws IOException {
    int count = ztoc.spans().count();
    SpanBitmap bitmap =
        SpanBitmap.trusted(paths.spans(), count, shared.boot())
            ? SpanBitmap.open(paths.spans(), count)
            : SpanBitmap.create(paths.spans(), count, shared.boot());
    LazySpans spans =
        new LazySpans(
            paths,
            shared.sources().open(blob),
            ztoc.ztoc(),
            shared.extractor(),
            files,
            bitmap,
            new LazySpans.FullDisk(shared.disk(), shared.memory(), owner),
            onComplete,
            reads);
    LayerFetches fetches = shared.scheduler().register(spans);
    OpenFiles openFiles = shared.openFiles();
    AheadLayer layer = new AheadOfLife(ztoc, bitmap, fetches, files, openFiles, owner);
    return new Filling(bitmap, spans, fetches, shared.ahead().open(layer));
  }

  /// The layer as read-ahead sees it.
  private record AheadOfLife(
      OpenZtoc ztoc,
      SpanBitmap bitmap,
      LayerFetches fetches,
      TreeFiles files,
      OpenFiles openFiles,
      long owner)
      implements AheadLayer {
    @Override
    public LayerTree tree() {
      return ztoc.tree();
    }

    @Override
    public SpanTable spans() {
      return ztoc.spans();
    }

    @Override
    public boolean isComplete() {
      return bitmap.isComplete();
    }

    @Override
    public void wish(int first, int end, int rank) {
      fetches.readAhead(first, end, rank);
    }

    @Override
    public void forget() {
      fetches.stopReadAhead();
    }

    @Override
    public boolean await(int first, int end, Duration limit) throws InterruptedException {
      return fetches.awaitPresent(first, end, limit);
    }

    @Override
    public void read(int node, long offset, ByteBuffer dst) throws IOException {
      OpenFiles.Handle handle = openFiles.acquire(owner, node, () -> files.openForReading(node));
      try (Arena arena = Arena.ofConfined()) {
        int wanted = dst.remaining();
        ByteBuffer bytes = arena.allocate(wanted).asByteBuffer();
        int read = Linux.pread(handle.fd, bytes, offset);
        if (read != wanted) {
          throw new IOException("node " + node + " has " + read + " of " + wanted + " bytes");
        }
        dst.put(bytes.flip());
      } finally {
        openFiles.release(handle);
      }
    }
  }

  /// @param owner unlike that of every other life
  /// @param filling null if all spans are there
  private LayerLife(
      long owner, SpanTable table, TreeFiles files, TreeUsage usage, @Nullable Filling filling) {
    this.owner = owner;
    this.table = table;
    this.files = files;
    this.usage = usage;
    this.filling = filling;
  }

  long owner() {
    return owner;
  }

  SpanTable table() {
    return table;
  }

  TreeFiles files() {
    return files;
  }

  TreeUsage treeUsage() {
    return usage;
  }

  @Nullable Filling filling() {
    return filling;
  }

  /// What guesses the readers' next wishes; null if there is nothing left to fetch.
  @Nullable LayerAhead ahead() {
    return filling == null ? null : filling.ahead;
  }

  /// Whether the spans `[first, end)` are in the tree.
  boolean arePresent(int first, int end) {
    return filling == null || filling.bitmap.arePresent(first, end);
  }

  boolean isPresent(int span) {
    return filling == null || filling.bitmap.isPresent(span);
  }

  /// Waits until the spans are in the tree or, where there is no room, were in memory.
  void demand(int first, int end) throws IOException, InterruptedException {
    if (filling != null) {
      filling.fetches.demand(first, end);
    }
  }

  /// What the tree takes on disk; what is known of it if it cannot be looked at.
  LayerUsage usage() {
    try {
      return usage.of(files);
    } catch (IOException e) {
      LOG.warn("cannot tell what {} takes on disk: {}", files.root(), e.getMessage());
      return usage.known();
    }
  }

  /// Ends fetches, waiting some seconds for what is being stored, and closes the tree.
  void close() throws IOException {
    try (files) {
      if (filling != null) {
        filling.ahead.close();
        filling.fetches.close();
        filling.bitmap.close();
      }
    }
  }
}
