package io.thaw.daemon.timeline;

/// Something that happened.
///
/// @param beganNanos since the timeline began
/// @param nanos how long it took; 0 for a moment
/// @param layer place in the timeline's list of layers; -1 if it is about none
/// @param first first span
/// @param end span after the last one
/// @param node whose data was read; -1 if it is about none
/// @param bytes compressed bytes
public record TimelineEvent(
    EventKind kind,
    long beganNanos,
    long nanos,
    int layer,
    int first,
    int end,
    int node,
    long bytes) {}
