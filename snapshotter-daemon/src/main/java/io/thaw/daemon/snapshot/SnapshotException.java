package io.thaw.daemon.snapshot;

import java.io.IOException;

/// A request that cannot be done, for a reason the caller can act on.
public final class SnapshotException extends IOException {
  private static final long serialVersionUID = 1L;

  private final Code code;

  /// @param code the class of the reason
  /// @param message what was asked and why it cannot be
  public SnapshotException(Code code, String message) {
    super(message);
    this.code = code;
  }

  /// The class of the reason.
  public Code code() {
    return code;
  }

  static SnapshotException notFound(String name) {
    return new SnapshotException(Code.NOT_FOUND, "snapshot " + name + " does not exist");
  }

  static SnapshotException alreadyExists(String name) {
    return new SnapshotException(Code.ALREADY_EXISTS, "snapshot " + name + " already exists");
  }

  /// The classes containerd tells apart.
  public enum Code {
    NOT_FOUND,
    ALREADY_EXISTS,
    FAILED_PRECONDITION,
    INVALID_ARGUMENT,
    UNAVAILABLE
  }
}
