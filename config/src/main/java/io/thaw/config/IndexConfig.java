package io.thaw.config;

/// Indexes made on this node.
///
/// @param buildOnPull whether zTOCs are made of layers that are fetched whole
/// @param useLocal whether zTOCs made on this node are used for pulls
/// @param minLayerSizeBytes layers with fewer stored bytes get no zTOC
public record IndexConfig(boolean buildOnPull, boolean useLocal, long minLayerSizeBytes) {}
