package io.thaw.cli.builder.queue;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Where a job is in its life.
public enum JobState {
  /// Waits for a worker.
  QUEUED,
  /// A worker has it.
  RUNNING,
  /// Failed, and waits for its next attempt.
  FAILED,
  /// The index is in the registry.
  DONE,
  /// There was nothing to do; the job's result says why.
  SKIPPED,
  /// Failed for good: the attempts are used up, or another would end the same.
  DEAD;

  private static final Map<JobState, Set<JobState>> NEXT = new EnumMap<>(JobState.class);

  static {
    // A queued or failed job is skipped when its tag has moved on; a failed one is queued when it
    // is asked for again; a running one is queued when the builder ends before it does.
    NEXT.put(QUEUED, EnumSet.of(RUNNING, SKIPPED));
    NEXT.put(RUNNING, EnumSet.of(QUEUED, FAILED, DONE, SKIPPED, DEAD));
    NEXT.put(FAILED, EnumSet.of(RUNNING, QUEUED, SKIPPED));
    NEXT.put(DONE, EnumSet.noneOf(JobState.class));
    NEXT.put(SKIPPED, EnumSet.noneOf(JobState.class));
    NEXT.put(DEAD, EnumSet.noneOf(JobState.class));
  }

  /// Whether a job may go from this state to `next`.
  public boolean mayBecome(JobState next) {
    return NEXT.getOrDefault(this, Set.of()).contains(next);
  }

  /// Whether the job still has something before it.
  public boolean open() {
    return !NEXT.getOrDefault(this, Set.of()).isEmpty();
  }

  /// The state's name in the database, the API and metrics.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The state of this name, if there is one.
  public static Optional<JobState> of(String label) {
    for (JobState state : values()) {
      if (state.label().equals(label)) {
        return Optional.of(state);
      }
    }
    return Optional.empty();
  }
}
