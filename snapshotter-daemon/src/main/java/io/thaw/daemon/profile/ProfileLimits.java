package io.thaw.daemon.profile;

import java.time.Duration;

/// How starts are recorded and how much of that is kept.
///
/// @param enabled whether starts are recorded and profiles used
/// @param quiet a recording ends when no new span was touched for so long
/// @param longest a recording ends so long after its first touch
/// @param mostBytes a recording ends when the touched spans have so many compressed bytes
/// @param mostImages images whose profiles are kept; those changed longest ago go
public record ProfileLimits(
    boolean enabled, Duration quiet, Duration longest, long mostBytes, int mostImages) {}
