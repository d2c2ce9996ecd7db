package io.thaw.fuse.sys;

import static io.thaw.fuse.sys.NativeCall.INT;
import static io.thaw.fuse.sys.NativeCall.POINTER;
import static io.thaw.fuse.sys.NativeCall.bind;

import java.io.Closeable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/// An epoll instance that many threads wait on. Descriptors are watched for input, edge by edge:
/// each arrival wakes one thread, which must read until there is nothing left, or {@link #rearm}.
public final class Epoll implements Closeable {

  private static final int CTL_ADD = 1;
  private static final int CTL_DEL = 2;
  private static final int CTL_MOD = 3;
  private static final int IN = 1;
  private static final int EDGE = 1 << 31;
  private static final int CLOEXEC = 02000000;

  /// `struct epoll_event` is packed on x86-64 only.
  private static final long DATA_OFFSET = "aarch64".equals(System.getProperty("os.arch")) ? 8 : 4;

  private static final long EVENT_BYTES = 16;
  private static final ValueLayout.OfLong DATA = ValueLayout.JAVA_LONG_UNALIGNED;

  private static final MethodHandle CREATE = bind("epoll_create1", INT, INT);
  private static final MethodHandle CONTROL = bind("epoll_ctl", INT, INT, INT, INT, POINTER);
  private static final MethodHandle WAIT = bind("epoll_wait", INT, INT, POINTER, INT, INT);
  private static final MethodHandle EVENTFD = bind("eventfd", INT, INT, INT);

  private final int fd;

  /// Makes an instance without descriptors.
  public Epoll() throws LinuxException {
    fd =
        (int)
            Linux.call(
                "epoll_create1",
                new byte[0],
                (_, state) -> (int) CREATE.invokeExact(state, CLOEXEC));
  }

  /// Watches `watched`; its events carry `data`. Input that is there already is an event.
  public void add(int watched, long data) throws LinuxException {
    control(CTL_ADD, watched, IN | EDGE, data);
  }

  /// Makes an event at once if there is input still.
  public void rearm(int watched, long data) throws LinuxException {
    control(CTL_MOD, watched, IN | EDGE, data);
  }

  /// Watches `watched` no more. Events taken before may still be on their way.
  public void remove(int watched) throws LinuxException {
    control(CTL_DEL, watched, 0, 0);
  }

  /// Makes every wait, now and later, return `data` at once.
  ///
  /// @return a descriptor the caller closes after all waiting threads are gone
  public int wakeAll(long data) throws LinuxException {
    int event =
        (int)
            Linux.call(
                "eventfd", new byte[0], (_, state) -> (int) EVENTFD.invokeExact(state, 1, CLOEXEC));
    control(CTL_ADD, event, IN, data);
    return event;
  }

  private void control(int operation, int watched, int events, long data) throws LinuxException {
    byte[] what = ("fd " + watched).getBytes(StandardCharsets.US_ASCII);
    Linux.call(
        "epoll_ctl",
        what,
        (arena, state) -> {
          MemorySegment event = arena.allocate(EVENT_BYTES, 8);
          event.set(ValueLayout.JAVA_INT, 0, events);
          event.set(DATA, DATA_OFFSET, data);
          return (int) CONTROL.invokeExact(state, fd, operation, watched, event);
        });
  }

  @Override
  public void close() throws LinuxException {
    Linux.close(fd);
  }

  /// One thread's way to wait.
  public final class Waiter {
    private final MemorySegment event;
    private final MemorySegment state;

    /// @param arena owns the few bytes a waiter needs
    public Waiter(Arena arena) {
      event = arena.allocate(EVENT_BYTES, 8);
      state = NativeCall.newState(arena);
    }

    /// Waits for one event and returns its data.
    public long await() throws LinuxException {
      try {
        while (true) {
          int count = (int) WAIT.invokeExact(state, fd, event, 1, -1);
          if (count > 0) {
            return event.get(DATA, DATA_OFFSET);
          }
          if (count < 0 && NativeCall.errno(state) != Errno.EINTR) {
            throw new LinuxException("epoll_wait", "fd " + fd, NativeCall.errno(state));
          }
        }
      } catch (LinuxException e) {
        throw e;
      } catch (Throwable e) {
        throw NativeCall.impossible(e);
      }
    }
  }
}
