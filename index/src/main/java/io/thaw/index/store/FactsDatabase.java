package io.thaw.index.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.sqlite.SQLiteErrorCode;

/// The SQLite file with the facts. A transaction takes the file's write lock at its start, so that
/// what it reads stays true until it ends, also for other processes. Safe for many threads.
final class FactsDatabase implements Closeable {
  private static final int VERSION = 1;
  private static final int BUSY_MILLIS = 60_000;

  /// An artifact's row holds what its kind needs; the rest is null. `blob` says which index needs
  /// which zTOC or prefetch artifact, `name` what users call the index's image.
  private static final List<String> V1 =
      List.of(
          """
          CREATE TABLE artifact (
            digest TEXT PRIMARY KEY,
            kind TEXT NOT NULL CHECK (kind IN ('index', 'ztoc', 'prefetch')),
            media_type TEXT NOT NULL,
            size_bytes INTEGER NOT NULL,
            version TEXT,
            manifest TEXT,
            image TEXT,
            platform TEXT,
            layer TEXT,
            layer_media_type TEXT,
            span_size_bytes INTEGER,
            created_seconds INTEGER NOT NULL
          ) WITHOUT ROWID
          """,
          "CREATE INDEX artifact_layer ON artifact (layer, span_size_bytes)",
          """
          CREATE TABLE blob (
            of_index TEXT NOT NULL REFERENCES artifact (digest) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            digest TEXT NOT NULL REFERENCES artifact (digest),
            PRIMARY KEY (of_index, position)
          ) WITHOUT ROWID
          """,
          "CREATE INDEX blob_digest ON blob (digest)",
          """
          CREATE TABLE name (
            of_index TEXT NOT NULL REFERENCES artifact (digest) ON DELETE CASCADE,
            name TEXT NOT NULL,
            PRIMARY KEY (of_index, name)
          ) WITHOUT ROWID
          """);

  private final Path file;
  private final Connection connection;
  private final ReentrantLock lock = new ReentrantLock();

  private FactsDatabase(Path file, Connection connection) {
    this.file = file;
    this.connection = connection;
  }

  /// Work inside a transaction.
  @FunctionalInterface
  interface Work<T> {
    /// Throwing rolls back.
    T run(Connection connection) throws SQLException, IOException;
  }

  /// Opens or creates the file.
  ///
  /// @throws DamagedStoreException if it is no database
  static FactsDatabase open(Path file) throws IOException {
    if (!Files.exists(file)) {
      createPrivately(file);
    }
    FactsDatabase database;
    try {
      database = new FactsDatabase(file, DriverManager.getConnection("jdbc:sqlite:" + file));
    } catch (SQLException e) {
      throw explained(file, e);
    }
    try {
      database.configure();
      database.transaction(_ -> database.upgrade());
      return database;
    } catch (IOException e) {
      database.close();
      throw e;
    }
  }

  /// Runs `work` as one transaction.
  <T> T transaction(Work<T> work) throws IOException {
    lock.lock();
    try (Statement statement = connection.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
      boolean done = false;
      try {
        T result = work.run(connection);
        statement.execute("COMMIT");
        done = true;
        return result;
      } finally {
        if (!done) {
          statement.execute("ROLLBACK");
        }
      }
    } catch (SQLException e) {
      throw explained(file, e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      connection.close();
    } catch (SQLException e) {
      throw explained(file, e);
    } finally {
      lock.unlock();
    }
  }

  private static void createPrivately(Path file) throws IOException {
    try {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (java.nio.file.FileAlreadyExistsException e) {
      return; // Another process was quicker.
    }
  }

  private void configure() throws IOException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA busy_timeout = " + BUSY_MILLIS);
      statement.execute("PRAGMA journal_mode = WAL");
      statement.execute("PRAGMA synchronous = FULL");
      statement.execute("PRAGMA foreign_keys = ON");
    } catch (SQLException e) {
      throw explained(file, e);
    }
  }

  private boolean upgrade() throws SQLException, IOException {
    try (Statement statement = connection.createStatement()) {
      int found;
      try (ResultSet rows = statement.executeQuery("PRAGMA user_version")) {
        rows.next();
        found = rows.getInt(1);
      }
      if (found > VERSION) {
        throw new IOException(
            ("%s was written by a newer thaw (schema %d, this one knows %d);"
                    + " use that version, or another --root")
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
    boolean damaged =
        (e.getErrorCode() & 0xff) == SQLiteErrorCode.SQLITE_CORRUPT.code
            || (e.getErrorCode() & 0xff) == SQLiteErrorCode.SQLITE_NOTADB.code;
    return damaged
        ? new DamagedStoreException(file, e)
        : new IOException("artifact database " + file + ": " + e.getMessage(), e);
  }
}
