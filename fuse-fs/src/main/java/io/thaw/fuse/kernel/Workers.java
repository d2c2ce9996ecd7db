package io.thaw.fuse.kernel;

import io.thaw.fuse.sys.Epoll;
import io.thaw.fuse.sys.Linux;
import io.thaw.fuse.sys.LinuxException;
import io.thaw.fuse.sys.RawIo;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The threads that serve every mount: a few platform threads wait on one epoll instance, and each
/// drains the mount it is woken for.
///
/// Only these threads read from `/dev/fuse`; a system call that blocked a virtual thread there
/// would hold its carrier. They answer from memory and from local files, and never wait for the
/// network.
final class Workers implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(Workers.class);
  private static final long STOP = 0;

  private final Epoll epoll;
  private final List<Thread> threads = new ArrayList<>();
  private final Map<Long, Connection> connections = new ConcurrentHashMap<>();
  private final AtomicLong nextId = new AtomicLong(STOP + 1);

  private Workers(Epoll epoll) {
    this.epoll = epoll;
  }

  static Workers start(int count) throws IOException {
    Workers workers = new Workers(new Epoll());
    for (int i = 0; i < count; i++) {
      workers.threads.add(Thread.ofPlatform().daemon().name("thaw-fuse-" + i).start(workers::run));
    }
    return workers;
  }

  /// Serves a mounted connection from now on.
  ///
  /// @return a number to {@link #remove} it by
  long add(Connection connection) throws LinuxException {
    long id = nextId.getAndIncrement();
    connections.put(id, connection);
    try {
      epoll.add(connection.fd(), id);
    } catch (LinuxException e) {
      connections.remove(id);
      throw e;
    }
    return id;
  }

  /// Serves a connection no more. Removing it again does nothing.
  void remove(long id) {
    Connection connection = connections.remove(id);
    if (connection != null && connection.enter()) {
      try {
        epoll.remove(connection.fd());
      } catch (LinuxException e) {
        connection.log().failure("leaving epoll", e);
      } finally {
        connection.exit();
      }
    }
  }

  /// Ends the threads after the requests they are serving.
  @Override
  public void close() throws IOException {
    int wake = epoll.wakeAll(STOP);
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException _) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    Linux.close(wake);
    epoll.close();
  }

  private void run() {
    try (Arena arena = Arena.ofConfined()) {
      Exchange exchange = new Exchange(arena);
      RawIo io = new RawIo(arena);
      Epoll.Waiter waiter = epoll.new Waiter(arena);
      for (long id = waiter.await(); id != STOP; id = waiter.await()) {
        Connection connection = connections.get(id);
        if (connection != null && connection.enter()) {
          serve(id, connection, exchange, io);
        }
      }
    } catch (LinuxException e) {
      LOG.error("A thread that serves file systems ends: {}", e.getMessage(), e);
    }
  }

  private void serve(long id, Connection connection, Exchange exchange, RawIo io) {
    try {
      switch (connection.drain(exchange, io)) {
        case EMPTY -> {}
        case MORE -> epoll.rearm(connection.fd(), id);
        case GONE -> remove(id);
      }
    } catch (LinuxException | RuntimeException | Error e) {
      connection.log().failure("serving failed", e);
    } finally {
      connection.exit();
    }
  }
}
