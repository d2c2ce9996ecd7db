package io.thaw.daemon.grpc;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.thaw.daemon.snapshot.SnapshotException;
import java.io.InterruptedIOException;

/// Exceptions as gRPC statuses.
final class Statuses {
  private Statuses() {}

  static StatusRuntimeException of(Throwable failure) {
    return status(failure).withDescription(description(failure)).asRuntimeException();
  }

  /// Whether the failure is the daemon's own trouble rather than an answer.
  static boolean isTrouble(Throwable failure) {
    return !(failure instanceof SnapshotException);
  }

  private static Status status(Throwable failure) {
    return switch (failure) {
      case SnapshotException e ->
          switch (e.code()) {
            case NOT_FOUND -> Status.NOT_FOUND;
            case ALREADY_EXISTS -> Status.ALREADY_EXISTS;
            case FAILED_PRECONDITION -> Status.FAILED_PRECONDITION;
            case INVALID_ARGUMENT -> Status.INVALID_ARGUMENT;
            case UNAVAILABLE -> Status.UNAVAILABLE;
          };
      case InterruptedIOException _ -> Status.UNAVAILABLE;
      default -> Status.INTERNAL;
    };
  }

  private static String description(Throwable failure) {
    String message = failure.getMessage();
    return failure instanceof SnapshotException && message != null
        ? message
        : failure.getClass().getSimpleName() + ": " + message;
  }
}
