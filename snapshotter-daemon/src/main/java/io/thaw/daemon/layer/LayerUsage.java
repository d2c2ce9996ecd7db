package io.thaw.daemon.layer;

/// Disk usage of a layer's tree: its allocated blocks once the layer is settled, and before that
/// what has been written so far.
///
/// @param sizeBytes bytes on disk
/// @param inodes files, directories and all else
public record LayerUsage(long sizeBytes, long inodes) {}
