package io.thaw.daemon.ahead;

import io.thaw.ztoc.SpanTable;
import io.thaw.ztoc.tree.LayerTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/// A lazy layer as read-ahead sees it. Safe for use by many threads.
public interface AheadLayer {

  /// Its files.
  LayerTree tree();

  /// Its spans.
  SpanTable spans();

  /// Whether all spans are present.
  boolean isComplete();

  /// Wishes for the spans `[first, end)` soon; returns at once.
  ///
  /// @param rank wishes of all layers are served from the lowest rank to the highest
  void wish(int first, int end, int rank);

  /// Wishes for nothing any more of what has not begun to come.
  void forget();

  /// Waits until the spans `[first, end)` are present.
  ///
  /// @return false if they were not within `limit`
  boolean await(int first, int end, Duration limit) throws InterruptedException;

  /// Reads file data whose spans are present until `dst` is full.
  ///
  /// @throws IOException if that cannot be, also because the layer was closed
  void read(int node, long offset, ByteBuffer dst) throws IOException;
}
