package io.thaw.config;

/// How a lazy layer becomes an ordinary directory in the background.
///
/// @param enabled whether layers are filled at all
/// @param startDelayMillis pause after a mount before its layer is filled
/// @param concurrency range requests of the fill under way at once
public record FillConfig(boolean enabled, long startDelayMillis, int concurrency) {}
