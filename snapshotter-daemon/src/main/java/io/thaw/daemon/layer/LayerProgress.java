package io.thaw.daemon.layer;

/// How far a layer is. A layer unpacked at once has one span, the whole.
///
/// @param spansPresent spans whose bytes are here and verified
/// @param spans all spans
/// @param bytesPresent compressed bytes of the spans that are present
/// @param bytes compressed bytes of the layer
public record LayerProgress(int spansPresent, int spans, long bytesPresent, long bytes) {

  /// Whether all bytes are here.
  public boolean complete() {
    return spansPresent == spans;
  }
}
