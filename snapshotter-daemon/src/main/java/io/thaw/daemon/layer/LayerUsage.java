package io.thaw.daemon.layer;

/// Disk usage of a layer's tree as `du` counts it: allocated blocks, hard links once.
///
/// @param sizeBytes bytes on disk
/// @param inodes files, directories and all else
public record LayerUsage(long sizeBytes, long inodes) {}
