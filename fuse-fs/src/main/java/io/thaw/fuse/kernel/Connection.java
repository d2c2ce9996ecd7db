package io.thaw.fuse.kernel;

import io.thaw.fuse.FuseCounters;
import io.thaw.fuse.LayerFilesystem;
import io.thaw.fuse.sys.Errno;
import io.thaw.fuse.sys.Linux;
import io.thaw.fuse.sys.LinuxException;
import io.thaw.fuse.sys.NativeBuffer;
import io.thaw.fuse.sys.RawIo;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// One mount's `/dev/fuse` descriptor and the requests in flight on it.
///
/// Whoever uses the descriptor holds a use ({@link #enter}, {@link #exit}). Closing lets nobody new
/// in; the last to leave closes the descriptor, so its number is never used for another file by
/// mistake.
final class Connection {

  /// What became of draining the descriptor.
  enum Drained {
    /// There is nothing left to read; the next arrival is a new event.
    EMPTY,
    /// There may be more: the thread gave way to other mounts.
    MORE,
    /// The file system is unmounted.
    GONE
  }

  private static final int CLOSED = 1 << 30;
  private static final int FAIR_SHARE = 64;

  private final int fd;
  private final FuseProtocol protocol;
  private final RequestLog log;
  private final FuseCounters counters;
  private final AtomicInteger uses = new AtomicInteger();
  private final CountDownLatch initialized = new CountDownLatch(1);
  private final CountDownLatch gone = new CountDownLatch(1);
  private final CountDownLatch quiet = new CountDownLatch(1);
  private final AtomicBoolean descriptorClosed = new AtomicBoolean();
  private final Set<Thread> waitingReads = ConcurrentHashMap.newKeySet();

  private volatile boolean left;

  Connection(int fd, LayerFilesystem filesystem, FuseCounters counters) {
    this.fd = fd;
    this.counters = counters;
    this.log = new RequestLog(filesystem.name());
    this.protocol = new FuseProtocol(filesystem, log);
  }

  /// A connection that an earlier process set up with the kernel.
  static Connection adopted(
      int fd, LayerFilesystem filesystem, FuseCounters counters, long negotiated) {
    Connection connection = new Connection(fd, filesystem, counters);
    connection.protocol.resume(negotiated);
    connection.initialized.countDown();
    return connection;
  }

  /// The INIT flags both sides agreed on.
  long negotiated() {
    return protocol.negotiated();
  }

  int fd() {
    return fd;
  }

  RequestLog log() {
    return log;
  }

  /// Whether the kernel accepted us within `timeout`.
  boolean awaitInitialized(Duration timeout) throws InterruptedException {
    return initialized.await(timeout.toMillis(), TimeUnit.MILLISECONDS) && protocol.isInitialized();
  }

  boolean isGone() {
    return gone.getCount() == 0;
  }

  /// Takes a use of the descriptor; false once closed.
  boolean enter() {
    while (true) {
      int now = uses.get();
      if ((now & CLOSED) != 0) {
        return false;
      }
      if (uses.compareAndSet(now, now + 1)) {
        return true;
      }
    }
  }

  void exit() {
    if (uses.decrementAndGet() == CLOSED) {
      closeDescriptor();
    }
  }

  /// Answers requests until there are none, with the calling thread's buffers. The caller holds a
  /// use.
  Drained drain(Exchange exchange, RawIo io) {
    for (int served = 0; served < FAIR_SHARE; ) {
      if ((uses.get() & CLOSED) != 0) {
        return Drained.GONE;
      }
      long received = io.read(fd, exchange.request, Exchange.REQUEST_BYTES);
      if (received >= 0) {
        serve(exchange, io, (int) received);
        served++;
        continue;
      }
      switch ((int) -received) {
        // An interrupted request disappeared while it was being read.
        case Errno.ENOENT, Errno.EINTR -> {}
        case Errno.EAGAIN -> {
          return Drained.EMPTY;
        }
        case Errno.ENODEV, Errno.ECONNABORTED -> {
          markGone();
          return Drained.GONE;
        }
        default -> {
          log.failure("reading requests: " + Errno.name((int) -received));
          markGone();
          return Drained.GONE;
        }
      }
    }
    return Drained.MORE;
  }

  /// Lets nobody in any more, interrupts reads that wait, and closes the descriptor when the last
  /// has left.
  ///
  /// @return false if somebody was still inside after `timeout`; the last of them will close it
  boolean close(Duration timeout) {
    markGone();
    if ((uses.getAndUpdate(now -> now | CLOSED) & CLOSED) == 0) {
      waitingReads.forEach(Thread::interrupt);
      if (uses.get() == CLOSED) {
        closeDescriptor();
      }
    }
    boolean interrupted = false;
    try {
      long end = System.nanoTime() + timeout.toNanos();
      while (true) {
        try {
          return quiet.await(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// Ends as {@link #close} does, but answers nothing that is not answered yet: the next process
  /// will be asked again.
  boolean leave(Duration timeout) {
    left = true;
    return close(timeout);
  }

  private void markGone() {
    gone.countDown();
    initialized.countDown();
  }

  private void serve(Exchange exchange, RawIo io, int received) {
    long start = System.nanoTime();
    int length = protocol.serve(exchange, received);
    if (length > 0) {
      send(io, exchange.reply, length);
      answered(Opcode.of(InHeaderLayout.opcode(exchange.request)), start, exchange.reply, length);
      if (initialized.getCount() != 0) {
        initialized.countDown();
      }
    } else if (length == FuseProtocol.DEFERRED) {
      defer(exchange, io, start);
    }
  }

  private void answered(@Nullable Opcode opcode, long start, MemorySegment reply, int length) {
    FuseCounters.Operation operation =
        opcode == null ? FuseCounters.Operation.OTHER : opcode.operation();
    int errno = OutHeaderLayout.errno(reply);
    counters.answered(
        operation, System.nanoTime() - start, errno == Errno.EIO || errno == Errno.ESTALE);
    if (operation == FuseCounters.Operation.READ) {
      counters.read(length - OutHeaderLayout.BYTES);
    }
  }

  private void defer(Exchange exchange, RawIo io, long start) {
    long unique = exchange.deferredUnique;
    int node = exchange.deferredNode;
    long offset = exchange.deferredOffset;
    int length = exchange.deferredLength;
    if (!enter()) {
      return; // closing: the kernel ends the request itself
    }
    try {
      Thread.ofVirtual()
          .name("thaw-read")
          .start(() -> readAndReply(unique, node, offset, length, start));
    } catch (Error e) {
      exit();
      log.failure("cannot start a thread for a read", e);
      send(io, exchange.reply, OutHeaderLayout.error(exchange.reply, unique, Errno.EIO));
    }
  }

  private void readAndReply(long unique, int node, long offset, int length, long start) {
    Thread self = Thread.currentThread();
    waitingReads.add(self);
    try (Arena arena = Arena.ofConfined();
        NativeBuffer buffer = new NativeBuffer(OutHeaderLayout.BYTES + (long) length)) {
      if ((uses.get() & CLOSED) != 0) {
        return;
      }
      int replyLength = protocol.serveDeferred(unique, node, offset, length, buffer.segment());
      waitingReads.remove(self);
      if (!left) {
        send(new RawIo(arena), buffer.segment(), replyLength);
        answered(Opcode.READ, start, buffer.segment(), replyLength);
      }
    } catch (Error e) {
      log.failure("no memory to answer a read of " + length + " bytes", e);
      sendError(unique, Errno.ENOMEM);
    } finally {
      waitingReads.remove(self);
      exit();
    }
  }

  private void sendError(long unique, int errno) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment reply = arena.allocate(OutHeaderLayout.BYTES, 8);
      send(new RawIo(arena), reply, OutHeaderLayout.error(reply, unique, errno));
    }
  }

  private void send(RawIo io, MemorySegment reply, int length) {
    long written = io.write(fd, reply, length);
    while (written == -Errno.EINTR || written == -Errno.EAGAIN) {
      written = io.write(fd, reply, length);
    }
    // ENOENT: the caller was killed meanwhile. ENODEV: unmounted meanwhile.
    if (written < 0
        && written != -Errno.ENOENT
        && written != -Errno.ENODEV
        && written != -Errno.ECONNABORTED) {
      log.failure("sending a reply of " + length + " bytes: " + Errno.name((int) -written));
    }
  }

  private void closeDescriptor() {
    if (!descriptorClosed.compareAndSet(false, true)) {
      return;
    }
    try {
      Linux.close(fd);
    } catch (LinuxException e) {
      log.failure("closing the connection", e);
    } finally {
      quiet.countDown();
    }
  }
}
