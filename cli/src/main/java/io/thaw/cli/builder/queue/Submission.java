package io.thaw.cli.builder.queue;

/// What became of a request for a job.
public sealed interface Submission {
  /// The job that does or did the work.
  long job();

  /// A new job waits.
  record Added(long job) implements Submission {}

  /// A job for the same image is under way already; one that waited for its next attempt is due
  /// now.
  record Joined(long job) implements Submission {}

  /// The same image was the last to be indexed here.
  record Known(long job) implements Submission {}
}
