package io.thaw.daemon.snapshot;

import java.util.OptionalInt;

/// A row of the database.
///
/// @param id names the directory below `snapshots/`; never used again
/// @param layer number of the layer this snapshot shows; empty if its files are in its own
///     directory
/// @param usage what was measured at commit
public record StoredSnapshot(long id, SnapshotInfo info, OptionalInt layer, Usage usage) {}
