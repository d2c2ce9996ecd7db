package io.thaw.daemon.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/// A layer as the scheduler sees it: numbered spans that are present or not, a source for their
/// bytes and a place to put them.
///
/// Spans are numbered in order of their offsets. Neighbours may share the byte in which one ends
/// and the next begins. Safe for use by many threads.
public interface SpanTarget {

  /// A name for logs and errors.
  String name();

  /// The number of spans.
  int spanCount();

  /// The first compressed byte of the span.
  long compressedStart(int span);

  /// The byte after the last compressed byte of the span.
  long compressedEnd(int span);

  /// Whether the span's bytes are in the files already.
  boolean isPresent(int span);

  /// Whether readers can have the span's bytes, in the files or elsewhere for a while.
  default boolean isReadable(int span) {
    return isPresent(span);
  }

  /// Whether all spans are present.
  boolean isComplete();

  /// Opens the compressed bytes `[start, end)`; see {@link BlobSource#openRange}.
  InputStream openRange(long start, long end) throws IOException;

  /// Verifies the bytes, writes them to their files and marks the span present. Called at most once
  /// at a time for a span. If there is no room, and a reader waits, it makes the span readable
  /// without storing it.
  ///
  /// @param wanted whether a reader waits
  /// @throws SpanNotKeptException if there is no room and no reader waits
  /// @throws SpanCorruptException if the bytes are not the promised ones; nothing was written
  /// @throws IOException if they could not be stored here
  void store(int span, SpanBytes bytes, boolean wanted) throws IOException;

  /// A new path for a span too large for memory; the scheduler creates and deletes the file.
  Path spoolFile(int span);

  /// A transfer ended, after the spans `[first, end)` had arrived; returns at once.
  ///
  /// @param bytes the length of the range that was asked for
  /// @param sinceNanos when that was, by the clock of [System#nanoTime]
  default void transferred(FetchKind kind, int first, int end, long bytes, long sinceNanos) {}

  /// Called once all spans are present, possibly more than once; returns at once.
  void completed();
}
