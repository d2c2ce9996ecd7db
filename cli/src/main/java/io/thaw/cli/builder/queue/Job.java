package io.thaw.cli.builder.queue;

import java.time.Instant;
import java.util.Optional;

/// A job as the store has it.
///
/// @param attempts how often a worker has taken it
/// @param due when it may be taken, if it waits
/// @param started when the last attempt began
/// @param finished when it reached a state it will not leave
/// @param result what was done, or why nothing was; for people
/// @param error what went wrong last, and what to do about it; for people
public record Job(
    long id,
    JobRequest request,
    JobState state,
    int attempts,
    Instant created,
    Instant due,
    Optional<Instant> started,
    Optional<Instant> finished,
    Optional<String> result,
    Optional<JobError> error) {

  /// What went wrong.
  ///
  /// @param message one line
  /// @param remedy what an operator can do; empty if the message says it all
  public record JobError(String message, String remedy) {}

  /// `host/repository:tag@digest`, with what the job has of it.
  public String image() {
    return request.repository()
        + request.tag().map(tag -> ":" + tag).orElse("")
        + "@"
        + request.digest();
  }
}
