package io.thaw.it.userns;

import io.thaw.fuse.sys.Linux;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/// The system calls that make a mount with mapped ids; see mount_setattr(2). Their numbers are the
/// same on all machines.
final class MountCalls {
  private static final long SYS_OPEN_TREE = 428;
  private static final long SYS_MOVE_MOUNT = 429;
  private static final long SYS_MOUNT_SETATTR = 442;
  private static final long AT_FDCWD = -100;
  private static final long AT_EMPTY_PATH = 0x1000;
  private static final long OPEN_TREE_CLONE = 1;
  private static final long MOVE_MOUNT_F_EMPTY_PATH = 4;
  private static final long MOUNT_ATTR_IDMAP = 0x0010_0000;
  private static final int ATTR_BYTES = 32;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final MethodHandle SYSCALL =
      LINKER.downcallHandle(
          LINKER.defaultLookup().find("syscall").orElseThrow(),
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG),
          Linker.Option.firstVariadicArg(1),
          Linker.Option.captureCallState("errno"));

  private MountCalls() {}

  /// Mounts `source` once more at `target`, with the ids that the user namespace behind the file
  /// descriptor maps.
  static void bindMapped(Path source, Path target, int userNamespace) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      long from = arena.allocateFrom(source.toString()).address();
      long to = arena.allocateFrom(target.toString()).address();
      long none = arena.allocateFrom("").address();
      long tree = call("open_tree " + source, SYS_OPEN_TREE, AT_FDCWD, from, OPEN_TREE_CLONE, 0, 0);
      try {
        MemorySegment attributes = arena.allocate(ATTR_BYTES, 8);
        attributes.set(ValueLayout.JAVA_LONG, 0, MOUNT_ATTR_IDMAP);
        attributes.set(ValueLayout.JAVA_LONG, 24, userNamespace);
        call(
            "mount_setattr " + source,
            SYS_MOUNT_SETATTR,
            tree,
            none,
            AT_EMPTY_PATH,
            attributes.address(),
            ATTR_BYTES);
        call(
            "move_mount " + target,
            SYS_MOVE_MOUNT,
            tree,
            none,
            AT_FDCWD,
            to,
            MOVE_MOUNT_F_EMPTY_PATH);
      } finally {
        Linux.close((int) tree);
      }
    }
  }

  private static long call(String what, long number, long a, long b, long c, long d, long e)
      throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      long result = (long) SYSCALL.invokeExact(state, number, a, b, c, d, e);
      if (result < 0) {
        throw new IOException(what + ": errno " + state.get(ValueLayout.JAVA_INT, 0));
      }
      return result;
    } catch (IOException | RuntimeException | Error failure) {
      throw failure;
    } catch (Throwable impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
