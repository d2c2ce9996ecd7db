package io.thaw.daemon.fetch;

/// Whether there is room on this node for spans that no reader waits for. Asked often, from many
/// threads; returns at once.
public interface Room {

  /// There is room for everything.
  Room PLENTY =
      new Room() {
        @Override
        public boolean forFill() {
          return true;
        }

        @Override
        public boolean forReadAhead() {
          return true;
        }
      };

  /// For what nobody has asked for yet: fill and prefetches.
  boolean forFill();

  /// For what a reader will likely want next.
  boolean forReadAhead();
}
