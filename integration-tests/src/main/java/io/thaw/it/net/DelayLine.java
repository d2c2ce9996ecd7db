package io.thaw.it.net;

import io.thaw.fuse.sys.Epoll;
import io.thaw.fuse.sys.Errno;
import io.thaw.fuse.sys.Linux;
import io.thaw.fuse.sys.LinuxException;
import io.thaw.fuse.sys.NativeBuffer;
import io.thaw.fuse.sys.RawIo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// One direction of a line: takes packets from one device and gives each to another once its last
/// byte has left at the line's rate and the delay is over.
///
/// A thread takes and a thread gives; between them is a ring that only they use. A packet that
/// comes when as much is queued as 50 milliseconds of the line carry is lost, as in a router.
final class DelayLine implements AutoCloseable {
  private static final int SLOTS = 1024;
  private static final double QUEUE_SECONDS = 0.05;
  private static final double NANOS = 1e9;
  private static final long STOP = -1;

  private final int from;
  private final int to;
  private final double nanosPerByte;
  private final long delayNanos;
  private final long maxQueuedBytes;
  private final int slotBytes;
  private final NativeBuffer packets;
  private final int[] lengths = new int[SLOTS];
  private final long[] dues = new long[SLOTS];
  private final AtomicLong taken = new AtomicLong();
  private final AtomicLong given = new AtomicLong();
  private final AtomicLong queuedBytes = new AtomicLong();
  private final Epoll epoll = new Epoll();
  private final Thread taker;
  private final Thread giver;
  private volatile boolean closed;
  private volatile boolean idle;

  private DelayLine(String name, TunDevice from, TunDevice to, LinkRate rate) throws IOException {
    this.from = from.fd();
    this.to = to.fd();
    this.nanosPerByte = rate.nanosPerByte();
    this.delayNanos = rate.oneWay().toNanos();
    this.slotBytes = TunDevice.MOST_BYTES;
    this.maxQueuedBytes =
        nanosPerByte == 0
            ? Long.MAX_VALUE
            : (long) ((QUEUE_SECONDS * NANOS + 2 * delayNanos) / nanosPerByte) + 4L * slotBytes;
    this.packets = new NativeBuffer((long) SLOTS * slotBytes);
    this.taker = Thread.ofPlatform().daemon().name("line-" + name + "-take").unstarted(this::take);
    this.giver = Thread.ofPlatform().daemon().name("line-" + name + "-give").unstarted(this::give);
  }

  static DelayLine start(String name, TunDevice from, TunDevice to, LinkRate rate)
      throws IOException {
    DelayLine line = new DelayLine(name, from, to, rate);
    line.epoll.add(from.fd(), 0);
    line.taker.start();
    line.giver.start();
    return line;
  }

  private void take() {
    try (Arena arena = Arena.ofConfined()) {
      RawIo io = new RawIo(arena);
      Epoll.Waiter waiter = epoll.new Waiter(arena);
      MemorySegment lost = arena.allocate(slotBytes);
      double clock = (double) System.nanoTime();
      while (waiter.await() != STOP) {
        while (true) {
          long next = taken.get();
          boolean full = next - given.get() == SLOTS || queuedBytes.get() > maxQueuedBytes;
          long length = io.read(from, full ? lost : slot(next), slotBytes);
          if (length <= 0) {
            break;
          }
          if (!full) {
            clock =
                Math.max(clock, (double) System.nanoTime())
                    + (length - TunDevice.HEADER_BYTES) * nanosPerByte;
            queue(next, (int) length, (long) clock + delayNanos);
          }
        }
      }
    } catch (LinuxException e) {
      System.err.println("The line lost its device: " + e.getMessage());
    }
  }

  private void queue(long next, int length, long due) {
    int slot = (int) (next % SLOTS);
    lengths[slot] = length;
    dues[slot] = due;
    queuedBytes.addAndGet(length);
    taken.set(next + 1);
    if (idle) {
      LockSupport.unpark(giver);
    }
  }

  private void give() {
    try (Arena arena = Arena.ofConfined()) {
      RawIo io = new RawIo(arena);
      long next = 0;
      while (!closed) {
        if (!awaitDue(next)) {
          continue;
        }
        int slot = (int) (next % SLOTS);
        long written = io.write(to, slot(next), lengths[slot]);
        if (written < 0 && written != -Errno.EAGAIN && written != -Errno.EIO) {
          System.err.println("The line lost a packet: " + Errno.name((int) -written));
        }
        queuedBytes.addAndGet(-lengths[slot]);
        given.set(++next);
      }
    }
  }

  // Sleeps a little; returns whether the packet `next` is there and due.
  private boolean awaitDue(long next) {
    if (taken.get() == next) {
      idle = true;
      if (taken.get() == next && !closed) {
        LockSupport.park(this);
      }
      idle = false;
      return false;
    }
    long wait = dues[(int) (next % SLOTS)] - System.nanoTime();
    if (wait > 0) {
      LockSupport.parkNanos(this, wait);
    }
    return wait <= 0;
  }

  private MemorySegment slot(long number) {
    return packets.segment().asSlice(number % SLOTS * slotBytes, slotBytes);
  }

  /// Ends both threads; what is on its way is lost. The devices stay open.
  @Override
  public void close() throws IOException {
    closed = true;
    int wake = epoll.wakeAll(STOP);
    LockSupport.unpark(giver);
    try {
      taker.join();
      giver.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while a line was ending", e);
    }
    Linux.close(wake);
    epoll.close();
    packets.close();
  }
}
