package io.thaw.cli.builder.queue;

import io.thaw.cli.builder.queue.Job.JobError;
import java.time.Instant;
import java.util.Optional;

/// What of a job changes with its state.
record Change(
    int attempts,
    Instant due,
    Optional<Instant> started,
    Optional<Instant> finished,
    Optional<String> result,
    Optional<JobError> error) {

  /// What the job has now.
  static Change of(Job job) {
    return new Change(
        job.attempts(), job.due(), job.started(), job.finished(), job.result(), job.error());
  }

  Change attempts(int count) {
    return new Change(count, due, started, finished, result, error);
  }

  Change due(Instant when) {
    return new Change(attempts, when, started, finished, result, error);
  }

  Change started(Instant when) {
    return new Change(attempts, due, Optional.of(when), finished, result, error);
  }

  Change finished(Instant when) {
    return new Change(attempts, due, started, Optional.of(when), result, error);
  }

  Change result(String text) {
    return new Change(attempts, due, started, finished, Optional.of(text), Optional.empty());
  }

  Change error(JobError what) {
    return new Change(attempts, due, started, finished, Optional.empty(), Optional.of(what));
  }
}
