package io.thaw.bench.scale;

/// What one request asks for: a range of a layer, the same on all nodes.
///
/// @param id from 0, the same for the same bytes
record Piece(int id, long bytes) {}
