package io.thaw.daemon.snapshot;

import java.time.Instant;

/// Why a layer became what it is.
///
/// @param image reference of the image, as far as it is known
/// @param snapshot name of the committed snapshot containerd wished for
/// @param outcome `lazy`, `unpacked` or `containerd`
/// @param reason for people
public record WhyRecord(
    Instant at, String image, String layerDigest, String snapshot, String outcome, String reason) {}
