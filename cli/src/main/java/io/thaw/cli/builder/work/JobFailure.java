package io.thaw.cli.builder.work;

import io.thaw.cli.builder.queue.Job.JobError;
import io.thaw.index.oci.MalformedManifestException;
import io.thaw.registry.RegistryException;
import java.nio.file.FileSystemException;

/// What a failure means for a job.
///
/// @param mayHelp whether another attempt may end otherwise
record JobFailure(JobError error, boolean mayHelp) {

  /// Explains a failure.
  static JobFailure of(Throwable failure) {
    String message =
        failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
    return switch (failure) {
      case RegistryException e -> new JobFailure(new JobError(message, remedy(e)), mayHelp(e));
      case MalformedManifestException e ->
          new JobFailure(
              new JobError(message, "The image's documents break the format; push it again."),
              false);
      case FileSystemException e ->
          new JobFailure(
              new JobError(
                  e.getClass().getSimpleName() + ": " + message,
                  "Look at the disk the builder's root is on: space, permissions."),
              true);
      case OutOfMemoryError e ->
          new JobFailure(
              new JobError(message, "Give the builder more heap, or lower concurrency."), true);
      default -> new JobFailure(new JobError(message, ""), true);
    };
  }

  /// A missing manifest may be late (registries replicate), and a login may be renewed.
  private static boolean mayHelp(RegistryException e) {
    return switch (e.kind()) {
      case NOT_FOUND, UNAUTHORIZED, RATE_LIMITED, SERVER, UNREACHABLE, UNTRUSTED, REJECTED -> true;
      case MALFORMED, CORRUPT, RANGE, REFUSED -> false;
    };
  }

  private static String remedy(RegistryException e) {
    return switch (e.kind()) {
      case NOT_FOUND -> "If the image was deleted meanwhile, nothing needs doing.";
      case UNAUTHORIZED ->
          "The builder's user needs a login at " + e.host() + " that may pull and push here.";
      case RATE_LIMITED -> "Lower concurrency, or ask for a higher limit at " + e.host() + ".";
      case SERVER -> "Look into the log of " + e.host() + ".";
      case UNREACHABLE -> "Check the network and the name " + e.host() + ".";
      case UNTRUSTED ->
          "Add the authority of its certificate to the JVM's, or set registry.insecure.";
      case MALFORMED -> "The registry's answer breaks the protocol; look into its log.";
      case CORRUPT -> "The image in the registry is damaged; push it again.";
      case RANGE -> "The registry cannot serve parts of blobs.";
      case REJECTED -> "The registry declined; its message says why, an immutable tag perhaps.";
      case REFUSED -> "Set registry.plain_http for this registry if it speaks HTTP.";
    };
  }
}
