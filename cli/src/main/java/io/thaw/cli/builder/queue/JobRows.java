package io.thaw.cli.builder.queue;

import io.thaw.registry.Digest;
import io.thaw.registry.Repository;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// The SQL of the job table.
final class JobRows {
  private static final String COLUMNS =
      "id, host, repository, tag, digest, rule, format, origin, state, attempts, created_millis,"
          + " due_millis, started_millis, finished_millis, result, error, remedy";

  private final Connection connection;

  JobRows(Connection connection) {
    this.connection = connection;
  }

  long insert(JobRequest request, Instant now) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO job (host, repository, tag, digest, rule, format, target, origin, state,"
                + " created_millis, due_millis) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?)"
                + " RETURNING id")) {
      insert.setString(1, request.repository().host());
      insert.setString(2, request.repository().path());
      insert.setString(3, request.tag().orElse(null));
      insert.setString(4, request.digest().toString());
      insert.setString(5, request.rule());
      insert.setString(6, request.format().label());
      insert.setString(7, request.target());
      insert.setString(8, request.origin());
      insert.setLong(9, now.toEpochMilli());
      insert.setLong(10, now.toEpochMilli());
      try (ResultSet row = insert.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  Optional<Job> byId(long id) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT " + COLUMNS + " FROM job WHERE id = ?")) {
      select.setLong(1, id);
      return first(select);
    }
  }

  /// The open job for exactly this request, if there is one.
  Optional<Job> open(JobRequest request) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT "
                + COLUMNS
                + " FROM job WHERE host = ? AND repository = ? AND target = ? AND rule = ?"
                + " AND digest = ? AND state IN ('queued', 'running', 'failed')")) {
      bindKey(select, request);
      select.setString(5, request.digest().toString());
      return first(select);
    }
  }

  /// The newest job of the request's rule for its target, whatever its digest.
  Optional<Job> newest(JobRequest request) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT "
                + COLUMNS
                + " FROM job WHERE host = ? AND repository = ? AND target = ? AND rule = ?"
                + " ORDER BY id DESC LIMIT 1")) {
      bindKey(select, request);
      return first(select);
    }
  }

  /// Jobs of the request's rule for its target that wait, for other digests.
  List<Job> waitingForOthers(JobRequest request) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT "
                + COLUMNS
                + " FROM job WHERE host = ? AND repository = ? AND target = ? AND rule = ?"
                + " AND digest <> ? AND state IN ('queued', 'failed')")) {
      bindKey(select, request);
      select.setString(5, request.digest().toString());
      return all(select);
    }
  }

  /// The job that has waited longest past its time, unless its target is being worked on.
  Optional<Job> due(Instant now) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT "
                + COLUMNS
                + " FROM job AS j WHERE state IN ('queued', 'failed') AND due_millis <= ?"
                + " AND NOT EXISTS (SELECT 1 FROM job AS r WHERE r.state = 'running'"
                + " AND r.host = j.host AND r.repository = j.repository AND r.target = j.target)"
                + " ORDER BY due_millis, id LIMIT 1")) {
      select.setLong(1, now.toEpochMilli());
      return first(select);
    }
  }

  List<Job> inState(JobState state) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT " + COLUMNS + " FROM job WHERE state = ? ORDER BY id")) {
      select.setString(1, state.label());
      return all(select);
    }
  }

  /// Jobs a person looks for: the newest first, those under way before all others.
  List<Job> list(JobFilter filter) throws SQLException {
    StringBuilder sql = new StringBuilder("SELECT " + COLUMNS + " FROM job WHERE 1 = 1");
    if (!filter.states().isEmpty()) {
      sql.append(" AND state IN (")
          .append(String.join(", ", Collections.nCopies(filter.states().size(), "?")))
          .append(')');
    }
    if (!filter.text().isEmpty()) {
      sql.append(" AND instr(lower(host || '/' || repository || ':' || coalesce(tag, '') || '@'")
          .append(" || digest || ' ' || rule), lower(?)) > 0");
    }
    sql.append(" ORDER BY state = 'running' DESC, coalesce(finished_millis, due_millis) DESC, id")
        .append(" DESC LIMIT ?");
    try (PreparedStatement select = connection.prepareStatement(sql.toString())) {
      int i = 1;
      for (JobState state : filter.states()) {
        select.setString(i++, state.label());
      }
      if (!filter.text().isEmpty()) {
        select.setString(i++, filter.text());
      }
      select.setInt(i, filter.limit());
      return all(select);
    }
  }

  /// Moves a job to another state.
  ///
  /// @throws IllegalStateException if the transition is none
  void move(Job job, JobState next, Change change) throws SQLException {
    if (!job.state().mayBecome(next)) {
      throw new IllegalStateException(
          "job " + job.id() + " is " + job.state().label() + " and cannot become " + next.label());
    }
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE job SET state = ?, attempts = ?, due_millis = ?, started_millis = ?,"
                + " finished_millis = ?, result = ?, error = ?, remedy = ? WHERE id = ?")) {
      update.setString(1, next.label());
      update.setInt(2, change.attempts());
      update.setLong(3, change.due().toEpochMilli());
      setMillis(update, 4, change.started());
      setMillis(update, 5, change.finished());
      update.setString(6, change.result().orElse(null));
      update.setString(7, change.error().map(Job.JobError::message).orElse(null));
      update.setString(8, change.error().map(Job.JobError::remedy).orElse(null));
      update.setLong(9, job.id());
      update.executeUpdate();
    }
  }

  /// Forgets finished jobs but the newest `keep`.
  int prune(int keep) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement(
            "DELETE FROM job WHERE id IN (SELECT id FROM job WHERE finished_millis IS NOT NULL"
                + " ORDER BY finished_millis DESC, id DESC LIMIT -1 OFFSET ?)")) {
      delete.setInt(1, keep);
      return delete.executeUpdate();
    }
  }

  private static void bindKey(PreparedStatement statement, JobRequest request) throws SQLException {
    statement.setString(1, request.repository().host());
    statement.setString(2, request.repository().path());
    statement.setString(3, request.target());
    statement.setString(4, request.rule());
  }

  private static Optional<Job> first(PreparedStatement select) throws SQLException {
    try (ResultSet rows = select.executeQuery()) {
      return rows.next() ? Optional.of(job(rows)) : Optional.empty();
    }
  }

  private static List<Job> all(PreparedStatement select) throws SQLException {
    List<Job> jobs = new ArrayList<>();
    try (ResultSet rows = select.executeQuery()) {
      while (rows.next()) {
        jobs.add(job(rows));
      }
    }
    return jobs;
  }

  private static Job job(ResultSet row) throws SQLException {
    JobRequest request =
        new JobRequest(
            new Repository(row.getString("host"), row.getString("repository")),
            Optional.ofNullable(row.getString("tag")),
            Digest.parse(row.getString("digest")),
            row.getString("rule"),
            IndexFormat.of(row.getString("format")),
            row.getString("origin"));
    String error = row.getString("error");
    String remedy = row.getString("remedy");
    return new Job(
        row.getLong("id"),
        request,
        JobState.of(row.getString("state")).orElseThrow(),
        row.getInt("attempts"),
        Instant.ofEpochMilli(row.getLong("created_millis")),
        Instant.ofEpochMilli(row.getLong("due_millis")),
        instant(row, "started_millis"),
        instant(row, "finished_millis"),
        Optional.ofNullable(row.getString("result")),
        error == null
            ? Optional.empty()
            : Optional.of(new Job.JobError(error, remedy == null ? "" : remedy)));
  }

  private static Optional<Instant> instant(ResultSet row, String column) throws SQLException {
    long millis = row.getLong(column);
    return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
  }

  private static void setMillis(PreparedStatement statement, int index, Optional<Instant> instant)
      throws SQLException {
    if (instant.isPresent()) {
      statement.setLong(index, instant.get().toEpochMilli());
    } else {
      statement.setNull(index, Types.INTEGER);
    }
  }
}
