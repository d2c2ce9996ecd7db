package io.thaw.daemon.snapshot;

/// A layer somebody brought to this node. What a layer is stays in the layer store; the database
/// keeps its number only.
///
/// @param number the layer's number in the layer store
/// @param digest digest of its stored bytes
/// @param lazy whether its bytes may still be to come
/// @param reason why it is lazy or not, for people
public record ProvidedLayer(int number, String digest, boolean lazy, String reason) {}
