package io.thaw.config;

/// How much the daemon says.
///
/// @param level one of trace, debug, info, warn, error
public record LogConfig(String level) {}
