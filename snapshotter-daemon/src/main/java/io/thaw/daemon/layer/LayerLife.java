package io.thaw.daemon.layer;

import io.thaw.daemon.fetch.LayerFetches;
import io.thaw.ztoc.SpanTable;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A layer's data from empty until it is evicted or closed: its tree, and while it fills its bitmap
/// and fetches. An evicted layer begins another life with files and numbers of its own, so what was
/// begun in one life can never see or change the data of another.
final class LayerLife {
  private static final Logger LOG = LoggerFactory.getLogger(LayerLife.class);

  /// What an unsettled layer needs.
  record Filling(SpanBitmap bitmap, LazySpans spans, LayerFetches fetches) {}

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
      Runnable onComplete)
      throws IOException {
    TreeUsage usage = new TreeUsage(ztoc.tree(), isEmpty(paths.tree()));
    TreeFiles files = TreeFiles.open(ztoc.tree(), paths.tree(), usage);
    try {
      long owner = shared.openFiles().newOwner();
      Filling filling =
          record.settled() != null
              ? null
              : filling(paths, record.blob(), shared, ztoc, files, owner, onComplete);
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
      Runnable onComplete)
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
            onComplete);
    return new Filling(bitmap, spans, shared.scheduler().register(spans));
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
        filling.fetches.close();
        filling.bitmap.close();
      }
    }
  }
}
