package io.thaw.daemon.snapshot;

import java.time.Instant;

/// Why a layer of an image became what it is.
///
/// @param image reference of the image, as far as it is known
/// @param manifest digest of the image's manifest, as far as it is known
/// @param snapshot name of the committed snapshot that shows the layer or is to show it
/// @param reason for people
public record WhyRecord(
    Instant at,
    String image,
    String manifest,
    String layerDigest,
    String snapshot,
    LayerMode mode,
    String reason,
    IndexUse index) {}
