package io.thaw.daemon.layer;

import io.thaw.daemon.disk.DiskErrors;
import io.thaw.daemon.disk.DiskSpace;
import io.thaw.daemon.disk.MemorySpans;
import io.thaw.daemon.fetch.BlobSource;
import io.thaw.daemon.fetch.FetchKind;
import io.thaw.daemon.fetch.SpanBytes;
import io.thaw.daemon.fetch.SpanCorruptException;
import io.thaw.daemon.fetch.SpanNotKeptException;
import io.thaw.daemon.fetch.SpanTarget;
import io.thaw.fuse.sys.LinuxException;
import io.thaw.ztoc.SpanDigestMismatchException;
import io.thaw.ztoc.SpanDigests;
import io.thaw.ztoc.SpanExtractor;
import io.thaw.ztoc.SpanSink;
import io.thaw.ztoc.SpanTable;
import io.thaw.ztoc.Ztoc;
import io.thaw.ztoc.inflate.MalformedGzipException;
import io.thaw.ztoc.zstd.EagerLayerException;
import io.thaw.ztoc.zstd.MalformedZstdException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.concurrent.atomic.AtomicLong;

/// The spans of a lazy layer as the scheduler sees them: verifies, decodes, writes, marks.
final class LazySpans implements SpanTarget {
  private static final int PIECE = 1 << 16;

  /// Where spans go while the disk is full.
  ///
  /// @param owner what they are kept under in `memory`
  record FullDisk(DiskSpace disk, MemorySpans memory, long owner) {}

  private final LayerPaths paths;
  private final BlobSource source;
  private final Ztoc ztoc;
  private final SpanExtractor extractor;
  private final SpanTable table;
  private final TreeFiles files;
  private final SpanBitmap bitmap;
  private final FullDisk fullDisk;
  private final Runnable onComplete;
  private final LayerReads reads;
  private final AtomicLong compressedPresent = new AtomicLong();

  LazySpans(
      LayerPaths paths,
      BlobSource source,
      Ztoc ztoc,
      SpanExtractor extractor,
      TreeFiles files,
      SpanBitmap bitmap,
      FullDisk fullDisk,
      Runnable onComplete,
      LayerReads reads) {
    this.paths = paths;
    this.source = source;
    this.ztoc = ztoc;
    this.extractor = extractor;
    this.table = ztoc.spans();
    this.files = files;
    this.bitmap = bitmap;
    this.fullDisk = fullDisk;
    this.onComplete = onComplete;
    this.reads = reads;
    for (int span = 0; span < table.count(); span++) {
      if (bitmap.isPresent(span)) {
        compressedPresent.addAndGet(table.compressedLength(span));
      }
    }
  }

  /// Compressed bytes of the spans that are present.
  long compressedPresent() {
    return compressedPresent.get();
  }

  @Override
  public String name() {
    return source.name();
  }

  @Override
  public int spanCount() {
    return table.count();
  }

  @Override
  public long compressedStart(int span) {
    return table.compressedStart(span);
  }

  @Override
  public long compressedEnd(int span) {
    return table.compressedEnd(span);
  }

  @Override
  public boolean isPresent(int span) {
    return bitmap.isPresent(span);
  }

  @Override
  public boolean isReadable(int span) {
    return bitmap.isPresent(span) || fullDisk.memory.get(fullDisk.owner, span) != null;
  }

  @Override
  public boolean isComplete() {
    return bitmap.isComplete();
  }

  @Override
  public InputStream openRange(long start, long end) throws IOException {
    return source.openRange(start, end);
  }

  @Override
  public Path spoolFile(int span) {
    return paths.spool(span);
  }

  @Override
  public void transferred(FetchKind kind, int first, int end, long bytes, long sinceNanos) {
    reads.transferred(kind, first, end, bytes, sinceNanos);
  }

  @Override
  public void completed() {
    onComplete.run();
  }

  @Override
  public void store(int span, SpanBytes bytes, boolean wanted) throws IOException {
    long since = System.nanoTime();
    if (bytes instanceof SpanBytes.Arriving arriving && isWrittenWhileArriving(span, arriving)) {
      reads.stored(span, bytes.length(), since);
      return;
    }
    verify(span, bytes);
    try {
      if (!fullDisk.disk.isFull() && isWritten(span, bytes)) {
        reads.stored(span, bytes.length(), since);
        return;
      }
      hold(span, bytes, wanted);
    } catch (MalformedGzipException | MalformedZstdException | EagerLayerException e) {
      throw new SpanCorruptException(
          span,
          "span "
              + span
              + " of "
              + name()
              + " has the right digest but does not decode with its zTOC: "
              + e.getMessage());
    }
  }

  /// Writes the span to the tree before its digest can be known. Until that is verified the span is
  /// not marked present, so that nobody reads what was written; the right bytes will replace it.
  ///
  /// @return false if something went wrong that is to be looked at with all bytes at hand
  private boolean isWrittenWhileArriving(int span, SpanBytes.Arriving bytes) throws IOException {
    if (fullDisk.disk.isFull()) {
      return false;
    }
    try (DataWriter writer = new DataWriter(new TreeData(files))) {
      extractor.extract(ztoc, span, bytes.open(), writer);
    } catch (IOException e) {
      var _ = bytes.complete();
      return false;
    }
    verify(span, bytes);
    bitmap.markPresent(span);
    compressedPresent.addAndGet(bytes.length());
    return true;
  }

  /// Writes the span to the tree.
  ///
  /// @return false if there is no room
  private boolean isWritten(int span, SpanBytes bytes) throws IOException {
    try {
      try (TreeData data = new TreeData(files);
          DataWriter writer = new DataWriter(data)) {
        extract(span, bytes, writer);
      }
      bitmap.markPresent(span);
    } catch (IOException e) {
      if (!DiskErrors.isFull(e)) {
        throw e;
      }
      fullDisk.disk.writeFailed(
          e instanceof LinuxException l ? DiskErrors.explained(l, files.root()) : e);
      return false;
    }
    compressedPresent.addAndGet(bytes.length());
    return true;
  }

  /// Keeps the span in memory.
  private void hold(int span, SpanBytes bytes, boolean wanted) throws IOException {
    if (!wanted) {
      throw new SpanNotKeptException("the disk is full and nobody waits for span " + span);
    }
    MemorySpans memory = fullDisk.memory;
    long length = table.uncompressedLength(span);
    if (length > memory.largestBytes()) {
      throw new IOException(
          "the disk is full, and span %d of %s has %d bytes, more than the %d that memory may stand in for; free some space, or raise cache.full_disk_memory_bytes"
              .formatted(span, name(), length, memory.largestBytes()));
    }
    byte[] held = memory.allocate((int) length);
    boolean filled = false;
    try {
      long start = table.uncompressedStart(span);
      extract(
          span,
          bytes,
          (at, buffer, offset, count) ->
              System.arraycopy(buffer, offset, held, Math.toIntExact(at - start), count));
      filled = true;
    } finally {
      if (!filled) {
        memory.giveBack(held);
      }
    }
    memory.put(fullDisk.owner, span, held);
  }

  private void extract(int span, SpanBytes bytes, SpanSink sink) throws IOException {
    switch (bytes) {
      case SpanBytes.InMemory memory ->
          extractor.extract(ztoc, span, memory.buffer(), 0, (int) memory.length(), sink);
      case SpanBytes.Arriving arriving -> {
        byte[] all = arriving.complete();
        extractor.extract(ztoc, span, all, 0, (int) arriving.length(), sink);
      }
      case SpanBytes.InFile file -> {
        try (InputStream in = file.open()) {
          extractor.extract(ztoc, span, in, sink);
        }
      }
    }
  }

  private void verify(int span, SpanBytes bytes) throws IOException {
    MessageDigest digest = SpanDigests.newDigest();
    switch (bytes) {
      case SpanBytes.InMemory memory -> digest.update(memory.buffer(), 0, (int) memory.length());
      case SpanBytes.Arriving arriving ->
          digest.update(arriving.complete(), 0, (int) arriving.length());
      case SpanBytes.InFile file -> {
        byte[] buffer = new byte[PIECE];
        try (InputStream in = file.open()) {
          for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            digest.update(buffer, 0, n);
          }
        }
      }
    }
    try {
      SpanDigests.verify(table, span, digest.digest());
    } catch (SpanDigestMismatchException e) {
      String why = name() + ": " + e.getMessage();
      var _ = source.distrust(compressedStart(span), compressedEnd(span), why);
      throw new SpanCorruptException(span, why);
    }
  }
}
