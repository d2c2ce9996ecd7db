package io.thaw.index.oci;

import io.thaw.registry.Descriptor;

/// What writing an image did.
///
/// @param image what the image's name points to now
/// @param manifests how many manifests and indexes the image has
/// @param writtenBlobs blobs that had to be sent or copied, and their size
/// @param presentBlobs blobs the place had already, or mounted from a neighbour, and their size
public record WriteReport(
    Descriptor image,
    int manifests,
    int writtenBlobs,
    long writtenBytes,
    int presentBlobs,
    long presentBytes) {}
