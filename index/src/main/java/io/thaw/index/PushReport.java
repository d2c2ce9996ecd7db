package io.thaw.index;

import io.thaw.registry.Descriptor;

/// What a push did.
///
/// @param image what the tag points to now
/// @param presentBlobs blobs the registry had already, and their size
public record PushReport(
    Descriptor image,
    int manifests,
    int pushedBlobs,
    long pushedBytes,
    int presentBlobs,
    long presentBytes) {}
