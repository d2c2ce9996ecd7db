package io.thaw.fuse.sys;

import static io.thaw.fuse.sys.NativeCall.INT;
import static io.thaw.fuse.sys.NativeCall.LONG;
import static io.thaw.fuse.sys.NativeCall.POINTER;
import static io.thaw.fuse.sys.NativeCall.bind;
import static io.thaw.fuse.sys.NativeCall.bindVariadic;
import static io.thaw.fuse.sys.NativeCall.string;
import static io.thaw.fuse.sys.NativeCall.text;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// File system calls with raw-byte paths, for what Java's `Path` cannot name or do.
///
/// A path is relative to the directory descriptor `dir`, or to the working directory with {@link
/// #AT_FDCWD}; an absolute one ignores it. Symbolic links in the last component are never followed
/// unless a method says so. Every failure is a {@link LinuxException} with its errno. All methods
/// may be called from any thread; they block the carrier of a virtual thread for as long as the
/// kernel takes. To stream through an open descriptor with Java's own channels, open
/// `/proc/self/fd/N`.
public final class Linux {

  /// Stands for the working directory.
  public static final int AT_FDCWD = -100;

  /// Removes a directory with {@link #unlinkat}.
  public static final int AT_REMOVEDIR = 0x200;

  public static final int O_RDONLY = 0;
  public static final int O_WRONLY = 1;
  public static final int O_RDWR = 2;
  public static final int O_CREAT = 0100;
  public static final int O_EXCL = 0200;
  public static final int O_TRUNC = 01000;
  public static final int O_NONBLOCK = 04000;
  public static final int O_CLOEXEC = 02000000;
  public static final int O_PATH = 010000000;
  public static final int O_DIRECTORY = isArm() ? 040000 : 0200000;
  public static final int O_NOFOLLOW = isArm() ? 0100000 : 0400000;

  public static final int S_IFIFO = 0010000;
  public static final int S_IFCHR = 0020000;
  public static final int S_IFBLK = 0060000;

  /// Keeps a file's size when {@link #fallocate} reserves beyond its end.
  public static final int FALLOC_FL_KEEP_SIZE = 1;

  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final byte[] NO_PATH = {};
  private static final int MAX_XATTR = 64 << 10;
  private static final int MAX_LINK = 4096;

  private static final MethodHandle OPENAT = bindVariadic("openat", 3, INT, INT, POINTER, INT, INT);
  private static final MethodHandle CLOSE = bind("close", INT, INT);
  private static final MethodHandle MKDIRAT = bind("mkdirat", INT, INT, POINTER, INT);
  private static final MethodHandle MKNODAT = bind("mknodat", INT, INT, POINTER, INT, LONG);
  private static final MethodHandle SYMLINKAT = bind("symlinkat", INT, POINTER, INT, POINTER);
  private static final MethodHandle LINKAT = bind("linkat", INT, INT, POINTER, INT, POINTER, INT);
  private static final MethodHandle UNLINKAT = bind("unlinkat", INT, INT, POINTER, INT);
  private static final MethodHandle RENAMEAT = bind("renameat", INT, INT, POINTER, INT, POINTER);
  private static final MethodHandle READLINKAT =
      bind("readlinkat", LONG, INT, POINTER, POINTER, LONG);
  private static final MethodHandle FCHOWNAT = bind("fchownat", INT, INT, POINTER, INT, INT, INT);
  private static final MethodHandle FCHMODAT = bind("fchmodat", INT, INT, POINTER, INT, INT);
  private static final MethodHandle UTIMENSAT = bind("utimensat", INT, INT, POINTER, POINTER, INT);
  private static final MethodHandle STATX = bind("statx", INT, INT, POINTER, INT, INT, POINTER);
  private static final MethodHandle LSETXATTR =
      bind("lsetxattr", INT, POINTER, POINTER, POINTER, LONG, INT);
  private static final MethodHandle LGETXATTR =
      bind("lgetxattr", LONG, POINTER, POINTER, POINTER, LONG);
  private static final MethodHandle LLISTXATTR = bind("llistxattr", LONG, POINTER, POINTER, LONG);
  private static final MethodHandle PWRITE = bind("pwrite", LONG, INT, POINTER, LONG, LONG);
  private static final MethodHandle PREAD = bind("pread", LONG, INT, POINTER, LONG, LONG);
  private static final MethodHandle FTRUNCATE = bind("ftruncate", INT, INT, LONG);
  private static final MethodHandle FALLOCATE = bind("fallocate", INT, INT, INT, LONG, LONG);
  private static final MethodHandle FSYNC = bind("fsync", INT, INT);
  private static final MethodHandle SYNCFS = bind("syncfs", INT, INT);
  private static final MethodHandle GETDENTS =
      bindVariadic("syscall", 1, LONG, LONG, INT, POINTER, LONG);
  private static final MethodHandle STATVFS = bind("statvfs", INT, POINTER, POINTER);
  private static final long SYS_GETDENTS64 = isArm() ? 61 : 217;
  private static final long DIRENTS_BYTES = 32 << 10;
  private static final MethodHandle SETPRIORITY = bind("setpriority", INT, INT, INT, INT);
  private static final MethodHandle IOCTL = bindVariadic("ioctl", 2, INT, INT, LONG, POINTER);

  private Linux() {}

  /// A native call that returns -1 on error, given an arena for its arguments and the memory for
  /// errno.
  @FunctionalInterface
  interface Call {
    long run(Arena arena, MemorySegment state) throws Throwable;
  }

  /// Runs a call, again if a signal interrupted it.
  static long call(String name, byte[] what, Call call) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = NativeCall.newState(arena);
      while (true) {
        long result = call.run(arena, state);
        if (result != -1) {
          return result;
        }
        if (NativeCall.errno(state) != Errno.EINTR) {
          throw new LinuxException(name, text(what), NativeCall.errno(state));
        }
      }
    } catch (LinuxException | RuntimeException e) {
      throw e;
    } catch (Throwable e) {
      throw NativeCall.impossible(e);
    }
  }

  private static byte[] fd(int fd) {
    return ("fd " + fd).getBytes(StandardCharsets.US_ASCII);
  }

  /// Opens a file; `O_CLOEXEC` is always set.
  ///
  /// @param mode permissions of a file that `O_CREAT` makes, before the umask
  /// @return a descriptor to {@link #close}
  public static int openat(int dir, byte[] path, int flags, int mode) throws LinuxException {
    return (int)
        call(
            "openat",
            path,
            (arena, state) ->
                (int) OPENAT.invokeExact(state, dir, string(arena, path), flags | O_CLOEXEC, mode));
  }

  /// Closes a descriptor. An interrupted close has closed it: it is not repeated.
  public static void close(int fd) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = NativeCall.newState(arena);
      if ((int) CLOSE.invokeExact(state, fd) != 0 && NativeCall.errno(state) != Errno.EINTR) {
        throw new LinuxException("close", text(fd(fd)), NativeCall.errno(state));
      }
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable e) {
      throw NativeCall.impossible(e);
    }
  }

  /// Makes a directory; the umask applies.
  public static void mkdirat(int dir, byte[] path, int mode) throws LinuxException {
    call(
        "mkdirat",
        path,
        (arena, state) -> (int) MKDIRAT.invokeExact(state, dir, string(arena, path), mode));
  }

  /// Makes a device, a fifo or an empty file.
  ///
  /// @param mode one of the `S_IF` constants with permission bits; the umask applies
  public static void mknodat(int dir, byte[] path, int mode, int major, int minor)
      throws LinuxException {
    long device = deviceNumber(major, minor);
    call(
        "mknodat",
        path,
        (arena, state) -> (int) MKNODAT.invokeExact(state, dir, string(arena, path), mode, device));
  }

  /// Makes a symbolic link at `path` that says `target`.
  public static void symlinkat(byte[] target, int dir, byte[] path) throws LinuxException {
    call(
        "symlinkat",
        path,
        (arena, state) ->
            (int) SYMLINKAT.invokeExact(state, string(arena, target), dir, string(arena, path)));
  }

  /// Makes a hard link at `path` to `existing`; a symbolic link is linked itself.
  public static void linkat(int existingDir, byte[] existing, int dir, byte[] path)
      throws LinuxException {
    call(
        "linkat",
        path,
        (arena, state) ->
            (int)
                LINKAT.invokeExact(
                    state, existingDir, string(arena, existing), dir, string(arena, path), 0));
  }

  /// Removes a name; with {@link #AT_REMOVEDIR} an empty directory.
  public static void unlinkat(int dir, byte[] path, int flags) throws LinuxException {
    call(
        "unlinkat",
        path,
        (arena, state) -> (int) UNLINKAT.invokeExact(state, dir, string(arena, path), flags));
  }

  /// Renames, replacing what is at `to`.
  public static void renameat(int fromDir, byte[] from, int toDir, byte[] to)
      throws LinuxException {
    call(
        "renameat",
        from,
        (arena, state) ->
            (int)
                RENAMEAT.invokeExact(
                    state, fromDir, string(arena, from), toDir, string(arena, to)));
  }

  /// The target of a symbolic link.
  public static byte[] readlinkat(int dir, byte[] path) throws LinuxException {
    byte[][] result = new byte[1][];
    call(
        "readlinkat",
        path,
        (arena, state) -> {
          MemorySegment target = arena.allocate(MAX_LINK);
          long length =
              (long)
                  READLINKAT.invokeExact(state, dir, string(arena, path), target, (long) MAX_LINK);
          result[0] = bytes(target, length);
          return length;
        });
    return result[0];
  }

  /// Changes the owner; the kernel then drops setuid, setgid and file capabilities.
  public static void lchownat(int dir, byte[] path, int uid, int gid) throws LinuxException {
    call(
        "fchownat",
        path,
        (arena, state) ->
            (int)
                FCHOWNAT.invokeExact(
                    state, dir, string(arena, path), uid, gid, AT_SYMLINK_NOFOLLOW));
  }

  /// Changes the permission bits; follows a symbolic link, which has none of its own.
  public static void chmodat(int dir, byte[] path, int mode) throws LinuxException {
    call(
        "fchmodat",
        path,
        (arena, state) -> (int) FCHMODAT.invokeExact(state, dir, string(arena, path), mode, 0));
  }

  /// Sets access and modification time, both to the same.
  public static void utimensat(int dir, byte[] path, long seconds, int nanos)
      throws LinuxException {
    call(
        "utimensat",
        path,
        (arena, state) -> {
          MemorySegment times =
              arena.allocateFrom(ValueLayout.JAVA_LONG, seconds, nanos, seconds, nanos);
          return (int)
              UTIMENSAT.invokeExact(state, dir, string(arena, path), times, AT_SYMLINK_NOFOLLOW);
        });
  }

  /// What the kernel knows of an open file.
  public static Stat fstat(int fd) throws LinuxException {
    return stat(fd, NO_PATH, AT_EMPTY_PATH);
  }

  /// What the kernel knows of a file.
  public static Stat stat(int dir, byte[] path) throws LinuxException {
    return stat(dir, path, AT_SYMLINK_NOFOLLOW);
  }

  private static Stat stat(int dir, byte[] path, int flags) throws LinuxException {
    Stat[] result = new Stat[1];
    call(
        "statx",
        path,
        (arena, state) -> {
          MemorySegment statx = arena.allocate(Stat.BYTES, 8);
          int code =
              (int) STATX.invokeExact(state, dir, string(arena, path), flags, Stat.MASK, statx);
          result[0] = Stat.of(statx);
          return code;
        });
    return result[0];
  }

  /// Sets an extended attribute. `path` is absolute or relative to the working directory; reach
  /// through a descriptor by `/proc/self/fd/N/…`.
  public static void lsetxattr(byte[] path, byte[] name, byte[] value) throws LinuxException {
    call(
        "lsetxattr",
        path,
        (arena, state) ->
            (int)
                LSETXATTR.invokeExact(
                    state,
                    string(arena, path),
                    string(arena, name),
                    arena.allocateFrom(ValueLayout.JAVA_BYTE, value),
                    (long) value.length,
                    0));
  }

  /// The value of an extended attribute; absent is the error `ENODATA`.
  public static byte[] lgetxattr(byte[] path, byte[] name) throws LinuxException {
    byte[][] result = new byte[1][];
    call(
        "lgetxattr",
        path,
        (arena, state) -> {
          MemorySegment value = arena.allocate(MAX_XATTR);
          long length =
              (long)
                  LGETXATTR.invokeExact(
                      state, string(arena, path), string(arena, name), value, (long) MAX_XATTR);
          result[0] = bytes(value, length);
          return length;
        });
    return result[0];
  }

  /// The names of a file's extended attributes, each ended by a zero byte.
  public static byte[] llistxattr(byte[] path) throws LinuxException {
    byte[][] result = new byte[1][];
    call(
        "llistxattr",
        path,
        (arena, state) -> {
          MemorySegment names = arena.allocate(MAX_XATTR);
          long length =
              (long) LLISTXATTR.invokeExact(state, string(arena, path), names, (long) MAX_XATTR);
          result[0] = bytes(names, length);
          return length;
        });
    return result[0];
  }

  /// Writes all of `src`, a direct buffer, at `offset`.
  public static void pwrite(int fd, ByteBuffer src, long offset) throws LinuxException {
    long start = offset - src.position();
    while (src.hasRemaining()) {
      long at = start + src.position();
      MemorySegment bytes = MemorySegment.ofBuffer(src);
      long written =
          call(
              "pwrite",
              fd(fd),
              (_, state) -> (long) PWRITE.invokeExact(state, fd, bytes, bytes.byteSize(), at));
      src.position(src.position() + Math.toIntExact(written));
    }
  }

  /// Reads at `offset` until `dst`, a direct buffer, is full or the file ends.
  ///
  /// @return the number of bytes read
  public static int pread(int fd, ByteBuffer dst, long offset) throws LinuxException {
    int from = dst.position();
    while (dst.hasRemaining()) {
      long at = offset + (dst.position() - from);
      MemorySegment bytes = MemorySegment.ofBuffer(dst);
      long read =
          call(
              "pread",
              fd(fd),
              (_, state) -> (long) PREAD.invokeExact(state, fd, bytes, bytes.byteSize(), at));
      if (read == 0) {
        break;
      }
      dst.position(dst.position() + Math.toIntExact(read));
    }
    return dst.position() - from;
  }

  /// Sets a file's size; what is added reads as zeros and takes no space.
  public static void ftruncate(int fd, long sizeBytes) throws LinuxException {
    call("ftruncate", fd(fd), (_, state) -> (int) FTRUNCATE.invokeExact(state, fd, sizeBytes));
  }

  /// Reserves space.
  public static void fallocate(int fd, int mode, long offset, long length) throws LinuxException {
    call(
        "fallocate",
        fd(fd),
        (_, state) -> (int) FALLOCATE.invokeExact(state, fd, mode, offset, length));
  }

  /// Waits until a file's data and metadata are on disk.
  public static void fsync(int fd) throws LinuxException {
    call("fsync", fd(fd), (_, state) -> (int) FSYNC.invokeExact(state, fd));
  }

  /// Waits until the whole file system that holds `fd` is on disk.
  public static void syncfs(int fd) throws LinuxException {
    call("syncfs", fd(fd), (_, state) -> (int) SYNCFS.invokeExact(state, fd));
  }

  /// A device number as the C library packs it.
  /// The next entries of an open directory, without `.` and `..`, in no order.
  ///
  /// @return empty once there are no more
  public static List<DirectoryEntry> getdents(int fd) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(DIRENTS_BYTES, Long.BYTES);
      while (true) {
        long length =
            call(
                "getdents64",
                fd(fd),
                (_, state) ->
                    (long) GETDENTS.invokeExact(state, SYS_GETDENTS64, fd, buffer, DIRENTS_BYTES));
        List<DirectoryEntry> entries = DirectoryEntry.parse(buffer.asSlice(0, length));
        // A buffer may hold nothing but the two entries every directory has.
        if (length == 0 || !entries.isEmpty()) {
          return entries;
        }
      }
    }
  }

  /// How much room the file system of `path` has.
  public static FilesystemSpace statvfs(byte[] path) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(FilesystemSpace.BYTES, Long.BYTES);
      call(
          "statvfs",
          path,
          (scratch, state) -> (int) STATVFS.invokeExact(state, string(scratch, path), out));
      return FilesystemSpace.of(out);
    }
  }

  static long deviceNumber(int major, int minor) {
    return (major & 0xfffff000L) << 32
        | (major & 0xfffL) << 8
        | (minor & 0xffffff00L) << 12
        | (minor & 0xffL);
  }

  private static byte[] bytes(MemorySegment segment, long length) {
    return length < 0 ? new byte[0] : segment.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
  }

  private static boolean isArm() {
    return "aarch64".equals(System.getProperty("os.arch"));
  }

  /// Sets how much the calling thread gives way to others, from -20 to 19; only root may lower it.
  public static void setNiceness(int niceness) throws LinuxException {
    byte[] what = "this thread".getBytes(StandardCharsets.US_ASCII);
    call("setpriority", what, (_, state) -> (int) SETPRIORITY.invokeExact(state, 0, 0, niceness));
  }

  /// Asks a device for something; `argument` is passed by address, and what the device wrote into
  /// it is there afterwards.
  public static void ioctl(int fd, long request, byte[] argument) throws LinuxException {
    call(
        "ioctl",
        fd(fd),
        (arena, state) -> {
          MemorySegment memory = arena.allocate(argument.length, 8);
          MemorySegment.copy(argument, 0, memory, ValueLayout.JAVA_BYTE, 0, argument.length);
          int result = (int) IOCTL.invokeExact(state, fd, request, memory);
          MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, 0, argument, 0, argument.length);
          return result;
        });
  }

  /// Asks a device for something; `argument` is passed as it is.
  public static void ioctl(int fd, long request, long argument) throws LinuxException {
    MemorySegment value = MemorySegment.ofAddress(argument);
    call("ioctl", fd(fd), (_, state) -> (int) IOCTL.invokeExact(state, fd, request, value));
  }
}
