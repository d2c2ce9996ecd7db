package io.thaw.bench.demo;

import io.thaw.it.node.CriClient;
import io.thaw.it.run.TimedRun.Traffic;
import org.jspecify.annotations.Nullable;

/// The image both ways pull.
///
/// @param reference what containerd is told to pull
/// @param sandboxImage the image that holds pods open
/// @param compressedBytes sum of its layers as stored
/// @param layers how many layers it has
/// @param login for the registry, or null
/// @param traffic what comes over the link
/// @param linkText how the link is described to the reader
record DemoImage(
    String reference,
    String sandboxImage,
    long compressedBytes,
    int layers,
    CriClient.@Nullable Login login,
    Traffic traffic,
    String linkText) {}
