package io.thaw.daemon.ahead;

/// The order of wishes over all layers: what a start needs first comes first.
final class Rank {
  /// Headers and dynamic sections of libraries: with them the linker finds the next ones.
  static final int HEADS = 0;

  /// Small files beside small files that are read.
  static final int NEIGHBOURS = 1;

  /// Symbols, relocations, and what is relocated.
  static final int RELOCATED = 2;

  /// Code that runs when a library is loaded.
  static final int CONSTRUCTORS = 3;

  /// The code of libraries: constructors call here and there in it.
  static final int CODE = 4;

  /// A small layer, of which nobody has read anything yet.
  static final int SMALL_LAYERS = 5;

  private Rank() {}
}
