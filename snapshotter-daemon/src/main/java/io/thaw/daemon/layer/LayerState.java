package io.thaw.daemon.layer;

import io.thaw.daemon.fetch.FetchTrouble;
import java.util.Optional;

/// A layer as it is at one moment.
///
/// @param lazy whether it is read through a zTOC
/// @param settled whether its directory is complete and on disk
/// @param trouble why nothing arrives, if nothing does
public record LayerState(
    int number,
    LayerBlob blob,
    boolean lazy,
    boolean settled,
    LayerProgress progress,
    LayerUsage usage,
    Optional<FetchTrouble> trouble) {}
