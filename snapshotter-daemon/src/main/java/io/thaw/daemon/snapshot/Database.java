package io.thaw.daemon.snapshot;

import io.thaw.daemon.snapshot.SnapshotException.Code;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;

/// One SQLite file, one connection, one thread.
///
/// Every piece of work is a transaction and runs on the database's own platform thread: SQLite has
/// one writer anyway, and a virtual thread inside native code would hold its carrier while the
/// disk syncs. Safe for use by many threads.
public final class Database implements AutoCloseable {
  private final Path file;
  private final Connection connection;
  private final ExecutorService thread;

  private Database(Path file, Connection connection, ExecutorService thread) {
    this.file = file;
    this.connection = connection;
    this.thread = thread;
  }

  /// Work inside a transaction.
  @FunctionalInterface
  public interface Work<T> {
    /// Throwing rolls back.
    T run(Connection connection) throws SQLException, IOException;
  }

  /// Opens or creates the file and brings its schema to this version.
  ///
  /// @throws IOException if the file is no database, is damaged, or was written by a newer version
  public static Database open(Path file) throws IOException {
    ExecutorService thread =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("metadata").daemon(true).factory());
    try {
      Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
      Database database = new Database(file, connection, thread);
      try {
        database.configure();
        database.transaction(
            c -> {
              Schema.upgrade(file, c);
              return true;
            });
      } catch (SQLException | IOException e) {
        database.close();
        throw e;
      }
      return database;
    } catch (SQLException e) {
      thread.shutdown();
      throw new IOException("cannot open metadata " + file + ": " + e.getMessage(), e);
    }
  }

  /// Runs `work` as one transaction and waits for it.
  ///
  /// @throws IOException what `work` threw, or that the database failed
  /// @throws SnapshotException UNAVAILABLE once the database is closed
  public <T> T transaction(Work<T> work) throws IOException {
    Future<T> future;
    try {
      future = thread.submit(() -> runInTransaction(work));
    } catch (RejectedExecutionException e) {
      throw (IOException)
          new SnapshotException(Code.UNAVAILABLE, "thawd is stopping; call again").initCause(e);
    }
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException)
          new InterruptedIOException("interrupted while waiting for metadata").initCause(e);
    } catch (ExecutionException e) {
      throw rethrown(e);
    }
  }

  private IOException rethrown(ExecutionException e) {
    return switch (e.getCause()) {
      case SnapshotException s -> s;
      case SQLException s -> new IOException("metadata " + file + ": " + s.getMessage(), s);
      case IOException s -> s;
      case RuntimeException s -> throw s;
      case Error s -> throw s;
      case null, default -> new IOException("metadata " + file + ": " + e.getMessage(), e);
    };
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

  private void configure() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode = WAL");
      statement.execute("PRAGMA synchronous = FULL");
      statement.execute("PRAGMA foreign_keys = ON");
      statement.execute("PRAGMA busy_timeout = 10000");
    }
    connection.setAutoCommit(false);
  }

  /// Waits for work under way and closes the file.
  @Override
  public void close() {
    thread.close();
    try {
      connection.close();
    } catch (SQLException e) {
      // Everything committed is in the file; SQLite recovers the rest at the next open.
      throw new IllegalStateException("cannot close metadata " + file, e);
    }
  }
}
