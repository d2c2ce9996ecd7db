package io.thaw.index.oci;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A directory for unfinished work that vanishes when it is closed, and also when the process is
/// told to end (Ctrl-C).
///
/// It lies beside the destination, so that finished work moves there by a rename.
public final class Scratch implements Closeable {
  private static final int DELETE_ATTEMPTS = 5;

  private final Path directory;
  private final Thread hook;

  /// Held while finished work moves, so that the end of the process does not fall between.
  private final ReentrantLock moving = new ReentrantLock();

  private boolean abandoned;

  private Scratch(Path directory) {
    this.directory = directory;
    this.hook = new Thread(this::abandon, "scratch-cleanup");
  }

  /// Makes a scratch directory in the directory that will hold `destination`.
  public static Scratch beside(Path destination) throws IOException {
    Path absolute = destination.toAbsolutePath().normalize();
    Path parent = absolute.getParent();
    if (parent == null) {
      throw new IOException(destination + " cannot be written: it is the root directory");
    }
    if (!Files.isDirectory(parent)) {
      throw new NoSuchFileException(parent.toString(), null, "no such directory; create it first");
    }
    Scratch scratch =
        new Scratch(Files.createTempDirectory(parent, "." + absolute.getFileName() + ".thaw-"));
    Runtime.getRuntime().addShutdownHook(scratch.hook);
    return scratch;
  }

  public Path directory() {
    return directory;
  }

  /// Makes a scratch directory where this machine keeps temporary files, for work that goes to no
  /// file here.
  public static Scratch temporary() throws IOException {
    Scratch scratch = new Scratch(Files.createTempDirectory("thaw-"));
    Runtime.getRuntime().addShutdownHook(scratch.hook);
    return scratch;
  }

  /// Moves `finished`, which lies in this directory, to `destination`. A directory that is there
  /// gives way and comes back if the move fails; a file is replaced in one step. Everything is on
  /// disk before it appears under the new name, and the name when this returns.
  public void publish(Path finished, Path destination) throws IOException {
    sync(finished);
    moving.lock();
    try {
      if (abandoned) {
        throw new InterruptedIOException("ended before " + destination + " was in place");
      }
      move(finished, destination);
    } finally {
      moving.unlock();
    }
    force(destination.toAbsolutePath().normalize().resolveSibling(""));
  }

  private static void sync(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        force(file);
      }
    }
  }

  /// Waits until a file's content, or a directory's list of names, is on disk.
  private static void force(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      throw DiskFull.explained(e, file);
    }
  }

  private void move(Path finished, Path destination) throws IOException {
    if (!Files.isDirectory(destination)) {
      Files.move(
          finished,
          destination,
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
      return;
    }
    Path old = directory.resolve("replaced");
    Files.move(destination, old);
    try {
      Files.move(finished, destination);
    } catch (IOException e) {
      Files.move(old, destination);
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return; // The process is ending and the hook is at work.
    }
    delete(directory);
  }

  private void abandon() {
    moving.lock();
    try {
      abandoned = true;
    } finally {
      moving.unlock();
    }
    deleteStubbornly(directory);
  }

  /// Others may still be writing while the process ends, so that a directory fills up again.
  private static void deleteStubbornly(Path directory) {
    for (int attempt = 0; attempt < DELETE_ATTEMPTS && Files.exists(directory); attempt++) {
      try {
        delete(directory);
      } catch (IOException | UncheckedIOException e) {
        Thread.onSpinWait();
      }
    }
  }

  private static void delete(Path root) throws IOException {
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException error)
              throws IOException {
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
