package io.thaw.cli.builder.queue;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// The SQLite file of the queue: one connection, used on one platform thread, because a virtual
/// thread inside native code holds its carrier while the disk syncs. What a transaction has
/// committed survives the death of the process and of the machine (WAL, `synchronous=FULL`). Safe
/// for many threads.
final class JobDatabase implements AutoCloseable {
  static final int VERSION = 1;

  /// `target` is what of the repository a job changes; `due` orders what waits.
  private static final List<String> V1 =
      List.of(
          """
          CREATE TABLE job (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            host TEXT NOT NULL,
            repository TEXT NOT NULL,
            tag TEXT,
            digest TEXT NOT NULL,
            rule TEXT NOT NULL,
            format TEXT NOT NULL CHECK (format IN ('v1', 'v2')),
            target TEXT NOT NULL,
            origin TEXT NOT NULL,
            state TEXT NOT NULL
              CHECK (state IN ('queued', 'running', 'failed', 'done', 'skipped', 'dead')),
            attempts INTEGER NOT NULL DEFAULT 0,
            created_millis INTEGER NOT NULL,
            due_millis INTEGER NOT NULL,
            started_millis INTEGER,
            finished_millis INTEGER,
            result TEXT,
            error TEXT,
            remedy TEXT
          )
          """,
          "CREATE INDEX job_due ON job (state, due_millis)",
          "CREATE INDEX job_target ON job (host, repository, target, rule, id)",
          """
          CREATE UNIQUE INDEX job_open ON job (host, repository, target, rule, digest)
            WHERE state IN ('queued', 'running', 'failed')
          """,
          """
          CREATE TABLE pushed (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            digest TEXT NOT NULL UNIQUE
          )
          """);

  private final Path file;
  private final Connection connection;
  private final ExecutorService thread;

  private JobDatabase(Path file, Connection connection, ExecutorService thread) {
    this.file = file;
    this.connection = connection;
    this.thread = thread;
  }

  /// Work inside a transaction.
  @FunctionalInterface
  interface Work<T> {
    /// Throwing rolls back.
    T run(Connection connection) throws SQLException, IOException;
  }

  /// Opens or creates the file, for its owner only.
  ///
  /// @throws IOException if the file is no database, is damaged, or was written by a newer version
  static JobDatabase open(Path file) throws IOException {
    if (!Files.exists(file)) {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    ExecutorService thread =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().name("queue").daemon().factory());
    JobDatabase database;
    try {
      database = new JobDatabase(file, DriverManager.getConnection("jdbc:sqlite:" + file), thread);
    } catch (SQLException e) {
      thread.shutdown();
      throw explained(file, e);
    }
    try {
      database.configure();
      database.transaction(database::upgrade);
      return database;
    } catch (SQLException e) {
      database.close();
      throw explained(file, e);
    } catch (IOException e) {
      database.close();
      throw e;
    }
  }

  /// Runs `work` as one transaction and waits for it.
  <T> T transaction(Work<T> work) throws IOException {
    Future<T> future = thread.submit(() -> runInTransaction(work));
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException)
          new InterruptedIOException("interrupted while waiting for the queue").initCause(e);
    } catch (ExecutionException e) {
      throw rethrown(e);
    }
  }

  private <T> T runInTransaction(Work<T> work) throws SQLException, IOException {
    boolean done = false;
    try {
      T result = work.run(connection);
      connection.commit();
      done = true;
      return result;
    } finally {
      if (!done) {
        connection.rollback();
      }
    }
  }

  private IOException rethrown(ExecutionException e) {
    return switch (e.getCause()) {
      case SQLException s -> explained(file, s);
      case IOException s -> s;
      case RuntimeException s -> throw s;
      case Error s -> throw s;
      case null, default -> new IOException("queue " + file + ": " + e.getMessage(), e);
    };
  }

  private void configure() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA busy_timeout = 10000");
      statement.execute("PRAGMA journal_mode = WAL");
      statement.execute("PRAGMA synchronous = FULL");
    }
    connection.setAutoCommit(false);
  }

  private boolean upgrade(Connection c) throws SQLException, IOException {
    try (Statement statement = c.createStatement()) {
      int found;
      try (ResultSet rows = statement.executeQuery("PRAGMA user_version")) {
        rows.next();
        found = rows.getInt(1);
      }
      if (found > VERSION) {
        throw new IOException(
            ("%s was written by a newer thaw (schema %d, this one knows %d);"
                    + " start that version, or point root elsewhere")
                .formatted(file, found, VERSION));
      }
      if (found == 0) {
        for (String sql : V1) {
          statement.executeUpdate(sql);
        }
        statement.executeUpdate("PRAGMA user_version = " + VERSION);
      }
      return found == 0;
    }
  }

  private static IOException explained(Path file, SQLException e) {
    return new IOException(
        "queue "
            + file
            + ": "
            + e.getMessage()
            + "; if it is damaged, move it away: the next start makes an empty one",
        e);
  }

  /// Waits for work under way and closes the file.
  @Override
  public void close() throws IOException {
    thread.close();
    try {
      connection.close();
    } catch (SQLException e) {
      throw explained(file, e);
    }
  }
}
