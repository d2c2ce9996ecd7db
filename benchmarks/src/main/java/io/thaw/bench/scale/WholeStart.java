package io.thaw.bench.scale;

/// A start for which all layers are fetched first, a few at a time, and unpacked one after the
/// other, as each must be on top of the one before.
final class WholeStart implements NodeStart {
  /// A layer is fetched by one request. Here it comes in pieces, so that mirrors and peers can pass
  /// on what they have before all of it is there.
  static final long PIECE_BYTES = 32L << 20;

  private final NodeHost host;
  private final StartTrace trace;
  private final boolean[] fetched;
  private Runnable ready = () -> {};
  private int nextLayer;
  private int unpacked;
  private boolean unpacking;

  WholeStart(NodeHost host, StartTrace trace) {
    this.host = host;
    this.trace = trace;
    fetched = new boolean[trace.layerBytes().size()];
  }

  @Override
  public void begin(Runnable ready) {
    this.ready = ready;
    for (int i = 0; i < trace.overlay().downloads(); i++) {
      fetchLayer();
    }
  }

  private void fetchLayer() {
    if (nextLayer == fetched.length) {
      return;
    }
    int layer = nextLayer++;
    fetch(layer, 0);
  }

  private void fetch(int layer, int number) {
    long missing = trace.layerBytes().get(layer) - number * PIECE_BYTES;
    if (missing <= 0) {
      fetched[layer] = true;
      unpack();
      fetchLayer();
      return;
    }
    Piece piece = new Piece(id(layer, number), Math.min(PIECE_BYTES, missing));
    host.fetch(piece, 1, () -> fetch(layer, number + 1));
  }

  private int id(int layer, int number) {
    long before = 0;
    for (int i = 0; i < layer; i++) {
      before += Math.ceilDiv(trace.layerBytes().get(i), PIECE_BYTES);
    }
    return Math.toIntExact(before + number);
  }

  private void unpack() {
    if (unpacking || unpacked == fetched.length || !fetched[unpacked]) {
      return;
    }
    unpacking = true;
    host.compute(
        trace.layerBytes().get(unpacked) / trace.overlay().unpackBytesPerSecond(),
        () -> {
          unpacking = false;
          unpacked++;
          if (unpacked == fetched.length) {
            host.compute(trace.overlay().startSeconds(), ready);
          }
          unpack();
        });
  }

  @Override
  public void fill() {
    // All of it is here.
  }
}
