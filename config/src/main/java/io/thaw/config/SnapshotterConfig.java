package io.thaw.config;

/// What becomes a lazy snapshot.
///
/// @param minLayerSizeBytes layers with fewer stored bytes are fetched whole although they are
///     indexed
/// @param mountTimeoutMillis how long `Prepare` waits for a layer before containerd is asked to
///     pull it
public record SnapshotterConfig(long minLayerSizeBytes, long mountTimeoutMillis) {}
