/// The lifecycle of snapshots: what containerd asks, what the database remembers, which directories
/// and mounts follow.
///
/// Layers come in through two ports, [io.thaw.daemon.snapshot.LayerProvider] and
/// [io.thaw.daemon.snapshot.LayerDirectories]; nothing here knows images, registries or FUSE.
@NullMarked
package io.thaw.daemon.snapshot;

import org.jspecify.annotations.NullMarked;
