package io.thaw.bench.start;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/// One run of one subject, or the medians of several.
///
/// @param pullSeconds CRI's PullImage
/// @param startSeconds from CreateContainer to the first output
/// @param bytesUntilReady bytes of all packets that reached the node until the first output
/// @param requestsUntilReady requests that the registry had answered by then
/// @param settledSeconds from the beginning of the pull until all of the image is on the disk; null
///     if it was not awaited or there is no telling
/// @param daemonCpuSeconds CPU time of the snapshotter's process until the first output, its start
///     included; for overlayfs it is containerd's
/// @param daemonCpuSettledSeconds the same until everything was on the disk
/// @param daemonPeakRssBytes the most memory that process had in the whole run
/// @param diskBytes what the snapshotter and containerd had on the disk in the end
/// @param lazyLayers layers that were served through FUSE at the first output
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StartFigures(
    double pullSeconds,
    double startSeconds,
    double totalSeconds,
    double bytesUntilReady,
    double requestsUntilReady,
    @Nullable Double settledSeconds,
    double daemonCpuSeconds,
    @Nullable Double daemonCpuSettledSeconds,
    double daemonPeakRssBytes,
    double diskBytes,
    double lazyLayers) {}
