package io.thaw.fuse.sys;

import static io.thaw.fuse.sys.NativeCall.INT;
import static io.thaw.fuse.sys.NativeCall.LONG;
import static io.thaw.fuse.sys.NativeCall.POINTER;
import static io.thaw.fuse.sys.NativeCall.bind;
import static io.thaw.fuse.sys.NativeCall.bindVariadic;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Descriptors on their way between processes: unix sockets that carry them (unix(7), cmsg(3)), and
/// pidfd_getfd(2).
///
/// No method blocks. Everything that arrives is closed on exec.
public final class Descriptors {

  /// The most descriptors one message carries.
  public static final int MAX_PER_MESSAGE = 253;

  /// The most bytes a received message may have.
  public static final int MAX_BYTES = 64 << 10;

  private static final int AF_UNIX = 1;
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_CLOEXEC = 02000000;
  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int SO_SNDBUFFORCE = 32;
  private static final int SO_PEEK_OFF = 42;
  private static final int MSG_PEEK = 2;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;
  private static final int SYS_PIDFD_OPEN = 434;
  private static final int SYS_PIDFD_GETFD = 438;
  private static final int MAX_ADDRESS = 108;

  // struct msghdr and struct cmsghdr of 64-bit Linux.
  private static final int MSGHDR_BYTES = 56;
  private static final int CMSGHDR_BYTES = 16;

  private static final MethodHandle SOCKET = bind("socket", INT, INT, INT, INT);
  private static final MethodHandle SOCKETPAIR = bind("socketpair", INT, INT, INT, INT, POINTER);
  private static final MethodHandle CONNECT = bind("connect", INT, INT, POINTER, INT);
  private static final MethodHandle SETSOCKOPT =
      bind("setsockopt", INT, INT, INT, INT, POINTER, INT);
  private static final MethodHandle SENDMSG = bind("sendmsg", LONG, INT, POINTER, INT);
  private static final MethodHandle RECVMSG = bind("recvmsg", LONG, INT, POINTER, INT);
  private static final MethodHandle SYSCALL =
      bindVariadic("syscall", 1, LONG, LONG, LONG, LONG, LONG);

  private Descriptors() {}

  /// A message that arrived.
  ///
  /// @param bytes what it says
  /// @param descriptors to be closed by the receiver
  @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
  public record Message(byte[] bytes, int[] descriptors) {}

  /// A connected pair of stream sockets; what is written to the first is read from the second.
  public static int[] socketPair() throws LinuxException {
    int[] pair = new int[2];
    Linux.call(
        "socketpair",
        new byte[0],
        (arena, state) -> {
          MemorySegment fds = arena.allocate(8, 4);
          int code =
              (int) SOCKETPAIR.invokeExact(state, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds);
          MemorySegment.copy(fds, JAVA_INT, 0, pair, 0, 2);
          return code;
        });
    return pair;
  }

  /// A datagram socket connected to `address`, a path, or a name that begins with a zero byte.
  public static int connectDatagram(byte[] address) throws LinuxException {
    if (address.length >= MAX_ADDRESS) {
      throw new LinuxException("connect", NativeCall.text(address), Errno.ENAMETOOLONG);
    }
    int socket =
        (int)
            Linux.call(
                "socket",
                address,
                (_, state) ->
                    (int) SOCKET.invokeExact(state, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    try {
      Linux.call(
          "connect",
          address,
          (arena, state) -> {
            MemorySegment sockaddr = arena.allocate(2L + MAX_ADDRESS, 8);
            sockaddr.set(JAVA_SHORT, 0, (short) AF_UNIX);
            MemorySegment.copy(address, 0, sockaddr, JAVA_BYTE, 2, address.length);
            // An abstract name is as long as it says; a path ends with a zero byte.
            int length = 2 + address.length + (address[0] == 0 ? 0 : 1);
            return (int) CONNECT.invokeExact(state, socket, sockaddr, length);
          });
      return socket;
    } catch (LinuxException e) {
      Linux.close(socket);
      throw e;
    }
  }

  /// Lets more lie in the queue of `socket` than the system's default, if the caller may.
  public static void setSendBuffer(int socket, int bytes) throws LinuxException {
    setOption("SO_SNDBUFFORCE", socket, SO_SNDBUFFORCE, bytes);
  }

  /// Says where in the queue {@link #peek} reads next; each peek moves it on by a message.
  public static void setPeekOffset(int socket, int offset) throws LinuxException {
    setOption("SO_PEEK_OFF", socket, SO_PEEK_OFF, offset);
  }

  private static void setOption(String name, int socket, int option, int value)
      throws LinuxException {
    Linux.call(
        "setsockopt",
        name.getBytes(StandardCharsets.US_ASCII),
        (arena, state) ->
            (int)
                SETSOCKOPT.invokeExact(
                    state, socket, SOL_SOCKET, option, arena.allocateFrom(JAVA_INT, value), 4));
  }

  /// Sends a message that carries `descriptors`, which stay open here too.
  ///
  /// @throws LinuxException EAGAIN if the queue is full
  public static void send(int socket, byte[] bytes, int... descriptors) throws LinuxException {
    if (descriptors.length > MAX_PER_MESSAGE || bytes.length == 0 || bytes.length > MAX_BYTES) {
      throw new IllegalArgumentException(
          bytes.length + " bytes and " + descriptors.length + " descriptors are no message");
    }
    Linux.call(
        "sendmsg",
        ("fd " + socket).getBytes(StandardCharsets.US_ASCII),
        (arena, state) -> {
          MemorySegment data = arena.allocateFrom(JAVA_BYTE, bytes);
          MemorySegment control = arena.allocate(controlBytes(descriptors.length), 8);
          int length = 0;
          if (descriptors.length > 0) {
            control.set(JAVA_LONG, 0, CMSGHDR_BYTES + 4L * descriptors.length);
            control.set(JAVA_INT, 8, SOL_SOCKET);
            control.set(JAVA_INT, 12, SCM_RIGHTS);
            MemorySegment.copy(
                descriptors, 0, control, JAVA_INT, CMSGHDR_BYTES, descriptors.length);
            length = controlBytes(descriptors.length);
          }
          MemorySegment message = header(arena, data, bytes.length, control, length);
          return (long) SENDMSG.invokeExact(state, socket, message, MSG_DONTWAIT | MSG_NOSIGNAL);
        });
  }

  /// The next message; it leaves the queue.
  ///
  /// @return null if there is none
  public static @Nullable Message receive(int socket) throws LinuxException {
    return receive(socket, 0);
  }

  /// The message at the peek offset, which moves on; the queue stays as it is.
  ///
  /// @return null if there is none
  public static @Nullable Message peek(int socket) throws LinuxException {
    return receive(socket, MSG_PEEK);
  }

  private static @Nullable Message receive(int socket, int flags) throws LinuxException {
    Message[] got = new Message[1];
    try {
      Linux.call(
          "recvmsg",
          ("fd " + socket).getBytes(StandardCharsets.US_ASCII),
          (arena, state) -> {
            MemorySegment data = arena.allocate(MAX_BYTES, 8);
            int room = controlBytes(MAX_PER_MESSAGE);
            MemorySegment control = arena.allocate(room, 8);
            MemorySegment message = header(arena, data, MAX_BYTES, control, room);
            long length =
                (long)
                    RECVMSG.invokeExact(
                        state, socket, message, flags | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
            if (length >= 0) {
              byte[] bytes = data.asSlice(0, length).toArray(JAVA_BYTE);
              got[0] = new Message(bytes, descriptors(control, message.get(JAVA_LONG, 40)));
            }
            return length;
          });
    } catch (LinuxException e) {
      if (e.errno() == Errno.EAGAIN) {
        return null;
      }
      throw e;
    }
    Message message = got[0];
    return message == null || message.bytes.length == 0 ? null : message;
  }

  private static int[] descriptors(MemorySegment control, long length) {
    if (length < CMSGHDR_BYTES
        || control.get(JAVA_INT, 8) != SOL_SOCKET
        || control.get(JAVA_INT, 12) != SCM_RIGHTS) {
      return new int[0];
    }
    long count = (Math.min(control.get(JAVA_LONG, 0), length) - CMSGHDR_BYTES) / 4;
    return control.asSlice(CMSGHDR_BYTES, 4 * count).toArray(JAVA_INT);
  }

  private static MemorySegment header(
      Arena arena, MemorySegment data, long bytes, MemorySegment control, long controlBytes) {
    MemorySegment vector = arena.allocate(16, 8);
    vector.set(ADDRESS, 0, data);
    vector.set(JAVA_LONG, 8, bytes);
    MemorySegment message = arena.allocate(MSGHDR_BYTES, 8);
    message.set(ADDRESS, 16, vector);
    message.set(JAVA_LONG, 24, 1);
    message.set(ADDRESS, 32, controlBytes == 0 ? MemorySegment.NULL : control);
    message.set(JAVA_LONG, 40, controlBytes);
    return message;
  }

  private static int controlBytes(int descriptors) {
    return (CMSGHDR_BYTES + 4 * descriptors + 7) & ~7;
  }

  /// A copy of descriptor `fd` of another process; needs the right to trace it, and Linux 5.6.
  public static int copyFrom(long pid, int fd) throws LinuxException {
    int process = Math.toIntExact(syscall("pidfd_open", SYS_PIDFD_OPEN, pid, 0, 0));
    try {
      return Math.toIntExact(syscall("pidfd_getfd", SYS_PIDFD_GETFD, process, fd, 0));
    } finally {
      Linux.close(process);
    }
  }

  private static long syscall(String name, long number, long first, long second, long third)
      throws LinuxException {
    return Linux.call(
        name,
        Long.toString(first).getBytes(StandardCharsets.US_ASCII),
        (_, state) -> (long) SYSCALL.invokeExact(state, number, first, second, third));
  }
}
