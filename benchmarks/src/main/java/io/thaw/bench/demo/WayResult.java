package io.thaw.bench.demo;

import io.thaw.it.run.TimedRun;

/// What one way of starting the container came to.
///
/// @param run its times and bytes
/// @param lazyLayers layers served while they were still on their way
/// @param eagerLayers layers unpacked before the start
/// @param output what the container printed first
record WayResult(TimedRun run, int lazyLayers, int eagerLayers, String output) {}
