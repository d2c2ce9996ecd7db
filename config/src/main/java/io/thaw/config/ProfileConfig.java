package io.thaw.config;

/// Start profiles.
///
/// @param enabled whether starts are recorded and profiles used
/// @param quietMillis a recording ends when a start touched nothing new for so long
/// @param longestMillis a recording ends so long after its first read
/// @param mostBytes a recording ends when the touched spans have so many compressed bytes
/// @param mostImages images whose profiles are kept
public record ProfileConfig(
    boolean enabled, long quietMillis, long longestMillis, long mostBytes, int mostImages) {}
