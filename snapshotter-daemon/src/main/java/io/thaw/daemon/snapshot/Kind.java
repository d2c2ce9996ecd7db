package io.thaw.daemon.snapshot;

/// What a snapshot is.
public enum Kind {
  /// Read-only, on top of a committed snapshot.
  VIEW(1),
  /// Writable; becomes committed, or is a container's root.
  ACTIVE(2),
  /// Finished; may have children.
  COMMITTED(3);

  private final int code;

  Kind(int code) {
    this.code = code;
  }

  /// The number in the database.
  int code() {
    return code;
  }

  static Kind of(int code) {
    return switch (code) {
      case 1 -> VIEW;
      case 2 -> ACTIVE;
      case 3 -> COMMITTED;
      default -> throw new IllegalArgumentException("no kind of snapshot has the number " + code);
    };
  }
}
