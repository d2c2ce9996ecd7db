package io.thaw.daemon.snapshot;

import java.time.Instant;

/// Keeps a layer that no snapshot shows yet.
///
/// @param image reference of the image it was brought here for
/// @param layer its number in the layer store
/// @param layerDigest digest of its stored bytes
/// @param until how much of it was asked for: `index`, `profile` or `full`
/// @param expires when it may go
public record Pin(
    String image, int layer, String layerDigest, String until, Instant created, Instant expires) {}
