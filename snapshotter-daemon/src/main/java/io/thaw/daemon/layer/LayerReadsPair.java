package io.thaw.daemon.layer;

import io.thaw.daemon.fetch.FetchKind;
import io.thaw.registry.Digest;
import io.thaw.ztoc.SpanTable;
import io.thaw.ztoc.tree.LayerTree;

/// Two listeners as one.
record LayerReadsPair(LayerReads one, LayerReads other) implements LayerReads {
  @Override
  public void opened(Digest ztoc, SpanTable spans, LayerTree tree) {
    one.opened(ztoc, spans, tree);
    other.opened(ztoc, spans, tree);
  }

  @Override
  public void touched(int first, int end) {
    one.touched(first, end);
    other.touched(first, end);
  }

  @Override
  public void waits() {
    one.waits();
    other.waits();
  }

  @Override
  public void waited(int node, int first, int end, long sinceNanos, boolean served) {
    one.waited(node, first, end, sinceNanos, served);
    other.waited(node, first, end, sinceNanos, served);
  }

  @Override
  public void transferred(FetchKind kind, int first, int end, long bytes, long sinceNanos) {
    one.transferred(kind, first, end, bytes, sinceNanos);
    other.transferred(kind, first, end, bytes, sinceNanos);
  }

  @Override
  public void stored(int span, long bytes, long sinceNanos) {
    one.stored(span, bytes, sinceNanos);
    other.stored(span, bytes, sinceNanos);
  }

  @Override
  public void mounted() {
    one.mounted();
    other.mounted();
  }

  @Override
  public void settled() {
    one.settled();
    other.settled();
  }
}
