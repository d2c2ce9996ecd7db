package io.thaw.daemon.layer;

import io.thaw.daemon.fetch.FetchKind;
import io.thaw.registry.Digest;
import io.thaw.ztoc.SpanTable;
import io.thaw.ztoc.tree.LayerTree;

/// Hears what readers of one lazy layer need. Called on the threads that serve reads: every method
/// returns at once, and [#touched] allocates nothing.
public interface LayerReads {

  /// Hears nothing.
  LayerReads NONE = new LayerReads() {};

  /// Makes one for each layer.
  @FunctionalInterface
  interface Factory {

    /// Hears nothing of any layer.
    Factory NONE = _ -> LayerReads.NONE;

    /// For a layer that is about to be known to the store.
    LayerReads of(LayerBlob blob);
  }

  /// The layer can be read from now on.
  ///
  /// @param ztoc digest of the zTOC that numbers its spans and names its files
  default void opened(Digest ztoc, SpanTable spans, LayerTree tree) {}

  /// A read needs the spans `[first, end)`, whether or not they are here; told for every read.
  default void touched(int first, int end) {}

  /// A reader begins to wait for spans.
  default void waits() {}

  /// It waits no longer.
  ///
  /// @param node whose data is read
  /// @param sinceNanos when it began to wait, by the clock of [System#nanoTime]
  /// @param served whether the spans `[first, end)` came
  default void waited(int node, int first, int end, long sinceNanos, boolean served) {}

  /// A transfer ended: the spans `[first, end)` arrived.
  ///
  /// @param bytes what was asked for, which may be more if the transfer broke
  /// @param sinceNanos when it was asked for
  default void transferred(FetchKind kind, int first, int end, long bytes, long sinceNanos) {}

  /// A span was verified, inflated and written.
  ///
  /// @param sinceNanos when that began
  default void stored(int span, long bytes, long sinceNanos) {}

  /// A mount of the layer serves from now on.
  default void mounted() {}

  /// The layer is an ordinary directory from now on.
  default void settled() {}

  /// Both hear everything.
  static LayerReads both(LayerReads one, LayerReads other) {
    if (one.equals(NONE)) {
      return other;
    }
    return other.equals(NONE) ? one : new LayerReadsPair(one, other);
  }
}
