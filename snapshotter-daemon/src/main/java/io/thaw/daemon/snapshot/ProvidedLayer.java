package io.thaw.daemon.snapshot;

/// A layer somebody brought to this node. What a layer is stays in the layer store; the database
/// keeps its number only.
///
/// @param number the layer's number in the layer store
/// @param digest digest of its stored bytes
/// @param lazy whether its bytes may still be to come
/// @param reason why it is lazy or not, for people
/// @param index the image's index, whether or not it has this layer
public record ProvidedLayer(
    int number, String digest, boolean lazy, String reason, IndexUse index) {

  /// A layer of an image without index.
  public ProvidedLayer(int number, String digest, boolean lazy, String reason) {
    this(number, digest, lazy, reason, IndexUse.NONE);
  }

  LayerMode mode() {
    return lazy ? LayerMode.LAZY : LayerMode.EAGER;
  }
}
