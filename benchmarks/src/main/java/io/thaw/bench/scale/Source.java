package io.thaw.bench.scale;

/// Where nodes get bytes from.
interface Source {
  /// Asks for a piece.
  ///
  /// @param node from 0
  /// @param connections how many connections share the work
  /// @param done called when its last byte is on the node
  void fetch(int node, Piece piece, int connections, Runnable done);
}
