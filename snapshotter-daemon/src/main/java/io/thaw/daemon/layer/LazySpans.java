package io.thaw.daemon.layer;

import io.thaw.daemon.fetch.BlobSource;
import io.thaw.daemon.fetch.SpanBytes;
import io.thaw.daemon.fetch.SpanCorruptException;
import io.thaw.daemon.fetch.SpanTarget;
import io.thaw.fuse.sys.LinuxException;
import io.thaw.ztoc.SpanDigestMismatchException;
import io.thaw.ztoc.SpanDigests;
import io.thaw.ztoc.SpanExtractor;
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

  private final LayerPaths paths;
  private final BlobSource source;
  private final Ztoc ztoc;
  private final SpanExtractor extractor;
  private final SpanTable table;
  private final TreeFiles files;
  private final SpanBitmap bitmap;
  private final Runnable onComplete;
  private final AtomicLong writtenBytes = new AtomicLong();
  private final AtomicLong compressedPresent = new AtomicLong();

  LazySpans(
      LayerPaths paths,
      BlobSource source,
      Ztoc ztoc,
      SpanExtractor extractor,
      TreeFiles files,
      SpanBitmap bitmap,
      Runnable onComplete) {
    this.paths = paths;
    this.source = source;
    this.ztoc = ztoc;
    this.extractor = extractor;
    this.table = ztoc.spans();
    this.files = files;
    this.bitmap = bitmap;
    this.onComplete = onComplete;
    for (int span = 0; span < table.count(); span++) {
      if (bitmap.isPresent(span)) {
        compressedPresent.addAndGet(table.compressedLength(span));
        writtenBytes.addAndGet(table.uncompressedLength(span));
      }
    }
  }

  /// Bytes written to the tree, about.
  long writtenBytes() {
    return writtenBytes.get();
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
  public void completed() {
    onComplete.run();
  }

  @Override
  public void store(int span, SpanBytes bytes) throws IOException {
    verify(span, bytes);
    try (DataWriter writer = new DataWriter(new TreeData(files))) {
      extract(span, bytes, writer);
      writtenBytes.addAndGet(writer.writtenBytes());
    } catch (LinuxException e) {
      throw DiskErrors.explained(e, files.root());
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
    bitmap.markPresent(span);
    compressedPresent.addAndGet(bytes.length());
  }

  private void extract(int span, SpanBytes bytes, DataWriter writer) throws IOException {
    switch (bytes) {
      case SpanBytes.InMemory memory ->
          extractor.extract(ztoc, span, memory.bytes(), 0, memory.bytes().length, writer);
      case SpanBytes.InFile file -> {
        try (InputStream in = file.open()) {
          extractor.extract(ztoc, span, in, writer);
        }
      }
    }
  }

  private void verify(int span, SpanBytes bytes) throws IOException {
    MessageDigest digest = SpanDigests.newDigest();
    switch (bytes) {
      case SpanBytes.InMemory memory -> digest.update(memory.bytes());
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
      throw new SpanCorruptException(span, name() + ": " + e.getMessage());
    }
  }
}
