package io.thaw.config;

/// Indexes made on this node.
///
/// @param buildOnPull whether zTOCs are made of layers that are fetched whole
/// @param useLocal whether zTOCs made on this node are used for pulls
/// @param minLayerSizeBytes layers with fewer stored bytes get no zTOC
/// @param maxSizeBytes most bytes of zTOCs that pulls have made; 0 for no bound
public record IndexConfig(
    boolean buildOnPull, boolean useLocal, long minLayerSizeBytes, long maxSizeBytes) {}
