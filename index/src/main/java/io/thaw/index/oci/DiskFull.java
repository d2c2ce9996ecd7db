package io.thaw.index.oci;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Puts the system's short word for a full disk into a message that helps.
public final class DiskFull {
  private DiskFull() {}

  /// The same failure, or, if a full disk or an exhausted quota caused it, one that names `file`
  /// and says what to do.
  ///
  /// @param file what was being written, or the directory it was being written in
  public static IOException explained(IOException failure, Path file) {
    if (failure instanceof Full || !isFull(failure)) {
      return failure;
    }
    return new Full(
        "The disk is full: "
            + file
            + " could not be written"
            + space(file)
            + "; free some space there, or choose a place on another disk",
        failure);
  }

  private static boolean isFull(@Nullable Throwable failure) {
    int depth = 0;
    for (Throwable cause = failure; cause != null && depth < 8; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage());
      if (message.contains("No space left on device") || message.contains("Disk quota exceeded")) {
        return true;
      }
      depth++;
    }
    return false;
  }

  private static String space(Path file) {
    try {
      Path present = file.toAbsolutePath();
      while (present != null && !Files.exists(present)) {
        present = present.getParent();
      }
      if (present == null) {
        return "";
      }
      FileStore store = Files.getFileStore(present);
      return " (" + store.getUsableSpace() + " of " + store.getTotalSpace() + " bytes are free)";
    } catch (IOException e) {
      return "";
    }
  }

  /// A failure that has been put into words.
  private static final class Full extends IOException {
    private static final long serialVersionUID = 1L;

    Full(String message, IOException cause) {
      super(message, cause);
    }
  }
}
