package io.thaw.daemon.fetch;

import java.time.Instant;

/// Transfers that failed since bytes of the layer arrived last.
///
/// @param at when the latest one failed
/// @param failures how many there were
/// @param message of the latest one
public record FetchTrouble(Instant at, int failures, String message) {}
