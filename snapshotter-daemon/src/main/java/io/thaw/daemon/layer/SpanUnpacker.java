package io.thaw.daemon.layer;

import io.thaw.daemon.disk.DiskErrors;
import io.thaw.fuse.sys.LinuxException;
import io.thaw.registry.Digest;
import io.thaw.ztoc.SpanDigests;
import io.thaw.ztoc.SpanExtractor;
import io.thaw.ztoc.SpanTable;
import io.thaw.ztoc.Ztoc;
import io.thaw.ztoc.tree.LayerTree;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.security.MessageDigest;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Unpacks a layer whose zTOC is known on all cores at once: one thread reads the stored bytes in
/// order and takes their digest, the others verify, decode and write whole spans.
///
/// The tree is what the zTOC lists, as with a lazy layer. Used once.
final class SpanUnpacker {
  private static final int PIECE = 1 << 16;

  /// A layer with a longer span is better unpacked as one stream.
  static final long MAX_SPAN_BYTES = 64 << 20;

  private final Ztoc ztoc;
  private final SpanTable table;
  private final SpanExtractor extractor;
  private final TreeFiles files;
  private final ExecutorService threads;
  private final int width = Math.max(2, Runtime.getRuntime().availableProcessors());
  private final Semaphore turns = new Semaphore(2 * width);
  private final Semaphore running = new Semaphore(width);
  private final AtomicReference<@Nullable IOException> failure = new AtomicReference<>();
  private long position;
  private byte last;

  private SpanUnpacker(
      Ztoc ztoc, SpanExtractor extractor, TreeFiles files, ExecutorService threads) {
    this.ztoc = ztoc;
    this.table = ztoc.spans();
    this.extractor = extractor;
    this.files = files;
    this.threads = threads;
  }

  /// Whether the layer's spans are small enough to be held in memory.
  static boolean canUse(Ztoc ztoc, LayerBlob blob) {
    SpanTable spans = ztoc.spans();
    if (spans.count() == 0 || spans.compressedSizeBytes() != blob.sizeBytes()) {
      return false;
    }
    for (int span = 0; span < spans.count(); span++) {
      if (spans.compressedLength(span) > MAX_SPAN_BYTES) {
        return false;
      }
    }
    return true;
  }

  /// Reads, verifies and unpacks. The tree may not have reached the disk when this returns.
  ///
  /// @param stored the layer's bytes; not closed
  static LayerUsage unpack(
      InputStream stored,
      Digest layerDigest,
      Ztoc ztoc,
      SpanExtractor extractor,
      LayerPaths paths,
      ExecutorService threads)
      throws IOException {
    try (TreeFiles files = TreeFiles.open(LayerTree.of(ztoc.toc()), paths.tree())) {
      SpanUnpacker unpacker = new SpanUnpacker(ztoc, extractor, files, threads);
      try {
        unpacker.readAll(stored, layerDigest);
      } finally {
        unpacker.awaitAll();
      }
      unpacker.throwFailure();
      LayerUsage usage = new TreeFinisher(files, (_, _, _) -> {}).finish();
      FrameFile.write(paths, files.tree());
      return usage;
    } catch (LinuxException e) {
      throw DiskErrors.explained(e, paths.directory());
    }
  }

  private void readAll(InputStream stored, Digest layerDigest) throws IOException {
    MessageDigest digest = layerDigest.newMessageDigest();
    byte[] piece = new byte[PIECE];
    for (int span = 0; span < table.count(); span++) {
      skipTo(table.compressedStart(span), stored, digest, piece);
      byte[] bytes = new byte[Math.toIntExact(table.compressedLength(span))];
      // Neighbours share a byte where a span does not begin at a byte's first bit.
      int shared = 0;
      if (position > table.compressedStart(span)) {
        bytes[0] = last;
        shared = 1;
      }
      int got = stored.readNBytes(bytes, shared, bytes.length - shared);
      if (got < bytes.length - shared) {
        throw new EOFException("the layer ends within span " + span);
      }
      digest.update(bytes, shared, got);
      position += got;
      last = bytes[bytes.length - 1];
      submit(span, bytes);
      throwFailure();
    }
    for (int n = stored.read(piece); n >= 0; n = stored.read(piece)) {
      digest.update(piece, 0, n);
    }
    DurableFiles.check(layerDigest, digest);
  }

  private void skipTo(long start, InputStream stored, MessageDigest digest, byte[] piece)
      throws IOException {
    while (position < start) {
      int n = stored.read(piece, 0, (int) Math.min(piece.length, start - position));
      if (n < 0) {
        throw new EOFException("the layer ends before the span at " + start);
      }
      digest.update(piece, 0, n);
      position += n;
      last = piece[n - 1];
    }
  }

  private void submit(int span, byte[] bytes) throws IOException {
    try {
      turns.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while unpacking");
    }
    threads.execute(
        () -> {
          try {
            running.acquire();
            try {
              store(span, bytes);
            } finally {
              running.release();
            }
          } catch (IOException e) {
            failure.compareAndSet(null, e);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failure.compareAndSet(null, new InterruptedIOException("the daemon is stopping"));
          } catch (RuntimeException e) {
            failure.compareAndSet(null, new IOException("span " + span + " failed: " + e, e));
          } finally {
            turns.release();
          }
        });
  }

  private void store(int span, byte[] bytes) throws IOException {
    if (failure.get() != null) {
      return;
    }
    MessageDigest digest = SpanDigests.newDigest();
    digest.update(bytes);
    SpanDigests.verify(table, span, digest.digest());
    try (TreeData data = new TreeData(files);
        DataWriter writer = new DataWriter(data)) {
      extractor.extract(ztoc, span, bytes, 0, bytes.length, writer);
    }
  }

  /// Nothing may write into the tree any more when it is given up or finished.
  private void awaitAll() {
    turns.acquireUninterruptibly(2 * width);
  }

  private void throwFailure() throws IOException {
    IOException known = failure.get();
    if (known != null) {
      throw new IOException(String.valueOf(known.getMessage()), known);
    }
  }
}
