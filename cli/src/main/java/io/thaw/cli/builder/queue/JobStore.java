package io.thaw.cli.builder.queue;

import io.thaw.cli.builder.queue.Job.JobError;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// The builder's queue and its history. What a method has returned from is on disk.
///
/// A job is taken at least once: one that was running when the process died is queued again at the
/// next start. Jobs with one target never run at once. Safe for many threads.
public final class JobStore implements AutoCloseable {
  private static final int MAX_PUSHED = 50_000;
  private static final int MAX_TEXT = 2_000;

  private final JobDatabase database;
  private final Limits limits;
  private final InstantSource clock;
  private final RandomGenerator random;

  /// Bounds of the store.
  ///
  /// @param maxWaiting how many jobs may wait
  /// @param history how many finished jobs are remembered
  public record Limits(int maxWaiting, int history, RetryPlan retry) {}

  private JobStore(
      JobDatabase database, Limits limits, InstantSource clock, RandomGenerator random) {
    this.database = database;
    this.limits = limits;
    this.clock = clock;
    this.random = random;
  }

  /// Opens or creates the file; jobs that were running are queued again, or given up if they have
  /// used up their attempts, each time taking the process with them perhaps.
  public static JobStore open(Path file, Limits limits, InstantSource clock, RandomGenerator random)
      throws IOException {
    JobStore store = new JobStore(JobDatabase.open(file), limits, clock, random);
    try {
      store.recover();
      return store;
    } catch (IOException e) {
      store.close();
      throw e;
    }
  }

  private void recover() throws IOException {
    Instant now = clock.instant();
    database.transaction(
        c -> {
          JobRows rows = new JobRows(c);
          for (Job job : rows.inState(JobState.RUNNING)) {
            if (job.attempts() < limits.retry().maxAttempts()) {
              rows.move(job, JobState.QUEUED, Change.of(job).due(now));
            } else {
              JobError error =
                  new JobError(
                      "the builder ended " + job.attempts() + " times while it had this image",
                      "Look into its log and the kernel's for the reason, memory perhaps; then"
                          + " submit the image again.");
              rows.move(job, JobState.DEAD, Change.of(job).error(error).finished(now));
            }
          }
          return true;
        });
  }

  /// Takes requests, all or none.
  ///
  /// @param again whether an image that is done already is to be done once more
  /// @return what became of each, in their order
  /// @throws QueueFullException if too many jobs would wait
  public List<Submission> submit(List<JobRequest> requests, boolean again) throws IOException {
    Instant now = clock.instant();
    return database.transaction(
        c -> {
          List<Submission> submissions = new ArrayList<>();
          for (JobRequest request : requests) {
            submissions.add(submit(c, request, again, now));
          }
          return submissions;
        });
  }

  private Submission submit(Connection c, JobRequest request, boolean again, Instant now)
      throws SQLException, IOException {
    JobRows rows = new JobRows(c);
    Optional<Job> open = rows.open(request);
    if (open.isPresent()) {
      Job job = open.get();
      if (job.state() == JobState.FAILED) {
        rows.move(job, JobState.QUEUED, Change.of(job).due(now));
      }
      return new Submission.Joined(job.id());
    }
    Optional<Job> newest = rows.newest(request);
    if (!again && newest.isPresent() && isKnown(newest.get(), request)) {
      return new Submission.Known(newest.get().id());
    }
    long waiting = count(c, JobState.QUEUED) + count(c, JobState.FAILED);
    if (waiting >= limits.maxWaiting()) {
      throw new QueueFullException(waiting, limits.maxWaiting());
    }
    long id = rows.insert(request, now);
    for (Job older : rows.waitingForOthers(request)) {
      Change change =
          Change.of(older).result("superseded by job " + id + ": the tag was pushed again");
      rows.move(older, JobState.SKIPPED, change.finished(now));
    }
    return new Submission.Added(id);
  }

  /// Whether the newest job already did, or found needless, what is asked for.
  private static boolean isKnown(Job newest, JobRequest request) {
    return newest.request().digest().equals(request.digest()) && newest.state() != JobState.DEAD;
  }

  /// Takes the job that is due, if there is one; it is running then, and its attempt counts.
  public Optional<Job> claim() throws IOException {
    Instant now = clock.instant();
    return database.transaction(
        c -> {
          JobRows rows = new JobRows(c);
          Optional<Job> due = rows.due(now);
          if (due.isEmpty()) {
            return Optional.<Job>empty();
          }
          Job job = due.get();
          rows.move(
              job, JobState.RUNNING, Change.of(job).attempts(job.attempts() + 1).started(now));
          return rows.byId(job.id());
        });
  }

  /// When the next job that waits is due; empty when none waits. Such a job may not be free to run
  /// then, because its target is being worked on.
  public Optional<Instant> nextDue() throws IOException {
    return database.transaction(
        c -> {
          try (Statement statement = c.createStatement();
              ResultSet row =
                  statement.executeQuery(
                      "SELECT min(due_millis) FROM job WHERE state IN ('queued', 'failed')")) {
            long millis = row.next() ? row.getLong(1) : 0;
            return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
          }
        });
  }

  /// A running job has done what it was for.
  ///
  /// @param pushed what it added to the registry; the notifications of these are ignored from now
  ///     on
  public void done(long id, String result, List<Digest> pushed) throws IOException {
    Instant now = clock.instant();
    database.transaction(
        c -> {
          remember(c, pushed);
          JobRows rows = new JobRows(c);
          Job job = running(rows, id);
          rows.move(job, JobState.DONE, Change.of(job).result(bounded(result)).finished(now));
          return rows.prune(limits.history());
        });
  }

  /// A running job has found that there is nothing to do.
  public void skipped(long id, String reason) throws IOException {
    Instant now = clock.instant();
    database.transaction(
        c -> {
          JobRows rows = new JobRows(c);
          Job job = running(rows, id);
          rows.move(job, JobState.SKIPPED, Change.of(job).result(bounded(reason)).finished(now));
          return rows.prune(limits.history());
        });
  }

  /// A running job has failed.
  ///
  /// @param mayHelp whether another attempt may end otherwise
  /// @return what it is now: failed, to be tried again, or dead
  public JobState failed(long id, JobError error, boolean mayHelp) throws IOException {
    Instant now = clock.instant();
    JobError bounded = new JobError(bounded(error.message()), bounded(error.remedy()));
    return database.transaction(
        c -> {
          JobRows rows = new JobRows(c);
          Job job = running(rows, id);
          Optional<Instant> next =
              mayHelp ? limits.retry().next(now, job.attempts(), random) : Optional.empty();
          Change change = Change.of(job).error(bounded);
          if (next.isPresent()) {
            rows.move(job, JobState.FAILED, change.due(next.get()));
            return JobState.FAILED;
          }
          rows.move(job, JobState.DEAD, change.finished(now));
          rows.prune(limits.history());
          return JobState.DEAD;
        });
  }

  /// A running job goes back to the queue because the builder ends; the attempt does not count.
  public void release(long id) throws IOException {
    Instant now = clock.instant();
    database.transaction(
        c -> {
          JobRows rows = new JobRows(c);
          Job job = running(rows, id);
          rows.move(job, JobState.QUEUED, Change.of(job).attempts(job.attempts() - 1).due(now));
          return true;
        });
  }

  /// Whether a job of this builder added this to a registry.
  public boolean isOwn(Digest digest) throws IOException {
    return database.transaction(
        c -> {
          try (PreparedStatement select =
              c.prepareStatement("SELECT 1 FROM pushed WHERE digest = ?")) {
            select.setString(1, digest.toString());
            try (ResultSet row = select.executeQuery()) {
              return row.next();
            }
          }
        });
  }

  /// The job with this number.
  public Optional<Job> job(long id) throws IOException {
    return database.transaction(c -> new JobRows(c).byId(id));
  }

  /// Jobs for people to look at: running ones first, then the latest.
  public List<Job> list(JobFilter filter) throws IOException {
    return database.transaction(c -> new JobRows(c).list(filter));
  }

  /// How many jobs are in each state; every state is there.
  public Map<JobState, Long> counts() throws IOException {
    return database.transaction(
        c -> {
          Map<JobState, Long> counts = new EnumMap<>(JobState.class);
          for (JobState state : JobState.values()) {
            counts.put(state, count(c, state));
          }
          return counts;
        });
  }

  @Override
  public void close() throws IOException {
    database.close();
  }

  private static long count(Connection c, JobState state) throws SQLException {
    try (PreparedStatement select =
        c.prepareStatement("SELECT count(*) FROM job WHERE state = ?")) {
      select.setString(1, state.label());
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  private static void remember(Connection c, List<Digest> pushed) throws SQLException {
    try (PreparedStatement insert =
            c.prepareStatement("INSERT OR IGNORE INTO pushed (digest) VALUES (?)");
        PreparedStatement forget =
            c.prepareStatement(
                "DELETE FROM pushed WHERE id <= (SELECT max(id) FROM pushed) - " + MAX_PUSHED)) {
      for (Digest digest : pushed) {
        insert.setString(1, digest.toString());
        insert.executeUpdate();
      }
      forget.executeUpdate();
    }
  }

  private static Job running(JobRows rows, long id) throws SQLException {
    return rows.byId(id)
        .orElseThrow(() -> new IllegalStateException("there is no job " + id + " any more"));
  }

  /// Registries' messages have no bound of their own, and people read them in terminals.
  private static String bounded(String text) {
    String line = text.replaceAll("[\\p{Cntrl}\\p{Cf}]+", " ").strip();
    return line.length() <= MAX_TEXT ? line : line.substring(0, MAX_TEXT) + " …";
  }
}
