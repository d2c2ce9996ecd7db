package io.thaw.cli.builder.queue;

import java.util.Set;

/// Which jobs somebody wants to see.
///
/// @param states empty for all
/// @param text part of `host/repository:tag@digest rule`, in any case; empty for all
/// @param limit most jobs listed
public record JobFilter(Set<JobState> states, String text, int limit) {
  /// The most jobs one answer lists.
  public static final int MAX_LIMIT = 500;

  public JobFilter {
    states = Set.copyOf(states);
    limit = Math.clamp(limit, 1, MAX_LIMIT);
  }
}
