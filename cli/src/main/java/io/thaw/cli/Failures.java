package io.thaw.cli;

import io.thaw.index.NothingToIndexException;
import io.thaw.ztoc.inflate.MalformedGzipException;
import io.thaw.ztoc.tar.MalformedTarException;
import java.io.InterruptedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/// Says in one line what went wrong and, where it is known, what to do.
final class Failures {
  private static final String BROKEN =
      "; the layer is not as it should be, fetch or build it again";

  private Failures() {}

  static String oneLine(Throwable failure) {
    return text(failure).replaceAll("\\s*[\\r\\n]+\\s*", " ");
  }

  private static String text(Throwable failure) {
    String message = failure.getMessage();
    return switch (failure) {
      case NothingToIndexException e ->
          message
              + ". Lower --min-layer-size, or leave the image as it is: small images start fast";
      case MalformedGzipException e -> message + BROKEN;
      case MalformedTarException e -> message + BROKEN;
      case FileSystemException e when e.getReason() != null -> e.getFile() + ": " + e.getReason();
      case NoSuchFileException e -> e.getFile() + ": no such file or directory";
      case AccessDeniedException e -> e.getFile() + ": permission denied";
      case InterruptedIOException e -> "interrupted";
      default ->
          message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
    };
  }
}
