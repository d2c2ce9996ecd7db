package io.thaw.fuse.handover;

import io.thaw.fuse.sys.Descriptors;
import io.thaw.fuse.sys.Linux;
import io.thaw.fuse.sys.LinuxException;
import io.thaw.fuse.sys.Spawn;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/// A process that does nothing but hold both ends of a socket pair, beyond the life of the daemon.
///
/// It is `sleep`, with the root it works for in its environment, by which it is told from another
/// process of the same number. The daemon has copies of both ends.
public final class Keeper implements Closeable {
  private static final String RECORD = "keeper.pid";
  private static final String MARK = "THAW_KEEPER=";
  private static final int QUEUE_BYTES = 8 << 20;
  private static final long START_SECONDS = 30;
  private static final long END_SECONDS = 10;

  private final Path record;
  private final ProcessHandle process;
  private final int entrance;
  private final int exit;

  private Keeper(Path record, ProcessHandle process, int entrance, int exit) {
    this.record = record;
    this.process = process;
    this.entrance = entrance;
    this.exit = exit;
  }

  /// The keeper of `root`, started if there is none.
  ///
  /// @param root the daemon's store, by its real path
  /// @throws IOException if none can be started, or the one there is cannot be reached
  public static Keeper of(Path root) throws IOException {
    Path record = root.resolve(RECORD);
    Optional<ProcessHandle> there = find(root);
    return there.isPresent() ? reach(record, there.get()) : start(root, record);
  }

  /// The keeper's process, if it runs.
  public static Optional<ProcessHandle> find(Path root) throws IOException {
    String text;
    try {
      text = Files.readString(root.resolve(RECORD)).strip();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (!text.matches("[0-9]{1,9}")) {
      return Optional.empty();
    }
    long pid = Long.parseLong(text);
    return isKeeper(pid, root) ? ProcessHandle.of(pid) : Optional.empty();
  }

  private static boolean isKeeper(long pid, Path root) {
    try {
      byte[] environment = Files.readAllBytes(Path.of("/proc", Long.toString(pid), "environ"));
      String text = new String(environment, StandardCharsets.UTF_8);
      return Arrays.asList(text.split("\0", -1)).contains(MARK + root);
    } catch (IOException e) {
      return false;
    }
  }

  private static Keeper reach(Path record, ProcessHandle process) throws IOException {
    int entrance = Descriptors.copyFrom(process.pid(), Spawn.FIRST_DESCRIPTOR);
    try {
      int exit = Descriptors.copyFrom(process.pid(), Spawn.FIRST_DESCRIPTOR + 1);
      return new Keeper(record, process, entrance, exit);
    } catch (LinuxException e) {
      Linux.close(entrance);
      throw e;
    }
  }

  private static Keeper start(Path root, Path record) throws IOException {
    int[] pair = Descriptors.socketPair();
    long pid = 0;
    try {
      roomy(pair[0]);
      pid =
          Spawn.detached(
              List.of("/bin/sleep", "2147483647"), List.of(MARK + root), pair[0], pair[1]);
      awaitExec(pid, root);
      // A copy now, so that it is known at the start and not at the next whether that works.
      Linux.close(Descriptors.copyFrom(pid, Spawn.FIRST_DESCRIPTOR));
      write(record, pid);
      return new Keeper(record, process(pid), pair[0], pair[1]);
    } catch (IOException | RuntimeException e) {
      Linux.close(pair[0]);
      Linux.close(pair[1]);
      if (pid != 0) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
      }
      throw e;
    }
  }

  private static void write(Path record, long pid) throws IOException {
    Path written = record.resolveSibling(RECORD + ".new");
    Files.writeString(written, pid + "\n");
    Files.move(
        written, record, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static ProcessHandle process(long pid) throws IOException {
    return ProcessHandle.of(pid)
        .orElseThrow(() -> new IOException("keeper process " + pid + " ended at once"));
  }

  /// The kernel lets a parent go on a moment before the child's environment can be read.
  private static void awaitExec(long pid, Path root) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (!isKeeper(pid, root)) {
      if (System.nanoTime() - end > 0) {
        throw new IOException("keeper process " + pid + " does not start");
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  /// Without the right to more, a few hundred mounts fit.
  private static void roomy(int socket) {
    try {
      Descriptors.setSendBuffer(socket, QUEUE_BYTES);
    } catch (LinuxException _) {
      // The default stays.
    }
  }

  long pid() {
    return process.pid();
  }

  /// Where messages are sent.
  int entrance() {
    return entrance;
  }

  /// Where messages come out.
  int exit() {
    return exit;
  }

  /// Ends the process, and with it whatever lies in the queue.
  void end() throws IOException {
    Files.deleteIfExists(record);
    process.destroyForcibly();
    try {
      process.onExit().get(END_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("keeper process " + process.pid() + " does not end", e);
    }
  }

  /// Leaves the process to the next daemon.
  @Override
  public void close() throws IOException {
    Linux.close(entrance);
    Linux.close(exit);
  }
}
