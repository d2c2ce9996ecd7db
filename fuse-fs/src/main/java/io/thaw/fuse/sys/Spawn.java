package io.thaw.fuse.sys;

import static io.thaw.fuse.sys.NativeCall.INT;
import static io.thaw.fuse.sys.NativeCall.POINTER;
import static io.thaw.fuse.sys.NativeCall.bind;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// posix_spawn(3) for a child that inherits descriptors, which Java's own children never do.
public final class Spawn {
  /// The number of the first inherited descriptor.
  public static final int FIRST_DESCRIPTOR = 3;

  private static final int OPAQUE_BYTES = 1024;
  private static final short POSIX_SPAWN_SETSID = 0x80;
  private static final int O_RDWR = 2;

  private static final MethodHandle INIT = bind("posix_spawn_file_actions_init", INT, POINTER);
  private static final MethodHandle DESTROY =
      bind("posix_spawn_file_actions_destroy", INT, POINTER);
  private static final MethodHandle ADD_OPEN =
      bind("posix_spawn_file_actions_addopen", INT, POINTER, INT, POINTER, INT, INT);
  private static final MethodHandle ADD_DUP2 =
      bind("posix_spawn_file_actions_adddup2", INT, POINTER, INT, INT);
  private static final MethodHandle ATTRIBUTES_INIT = bind("posix_spawnattr_init", INT, POINTER);
  private static final MethodHandle ATTRIBUTES_FLAGS =
      bind("posix_spawnattr_setflags", INT, POINTER, NativeCall.SHORT);
  private static final MethodHandle ATTRIBUTES_DESTROY =
      bind("posix_spawnattr_destroy", INT, POINTER);
  private static final MethodHandle POSIX_SPAWN =
      bind("posix_spawn", INT, POINTER, POINTER, POINTER, POINTER, POINTER, POINTER);

  private Spawn() {}

  /// Starts `command` in a session of its own, without input or output, and with no descriptors but
  /// copies of `descriptors`, numbered from {@link #FIRST_DESCRIPTOR}.
  ///
  /// @param command the program's path and its arguments
  /// @param environment `NAME=value`, all of it
  /// @return its process id; it outlives this process
  /// @throws LinuxException if it cannot be started
  /// @throws UnsupportedOperationException if the C library cannot close all others (glibc 2.34
  /// can)
  public static long detached(List<String> command, List<String> environment, int... descriptors)
      throws LinuxException {
    MethodHandle closeFrom = closeFrom();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = NativeCall.newState(arena);
      MemorySegment actions = arena.allocate(OPAQUE_BYTES, 16);
      MemorySegment attributes = arena.allocate(OPAQUE_BYTES, 16);
      require("file_actions_init", (int) INIT.invokeExact(state, actions));
      require("spawnattr_init", (int) ATTRIBUTES_INIT.invokeExact(state, attributes));
      try {
        MemorySegment nowhere = text(arena, "/dev/null");
        for (int fd = 0; fd < FIRST_DESCRIPTOR; fd++) {
          require("addopen", (int) ADD_OPEN.invokeExact(state, actions, fd, nowhere, O_RDWR, 0));
        }
        // Far up first: a number that is still to be copied must not be overwritten.
        int above = highest(descriptors) + 1;
        for (int i = 0; i < descriptors.length; i++) {
          require("adddup2", (int) ADD_DUP2.invokeExact(state, actions, descriptors[i], above + i));
        }
        for (int i = 0; i < descriptors.length; i++) {
          require(
              "adddup2",
              (int) ADD_DUP2.invokeExact(state, actions, above + i, FIRST_DESCRIPTOR + i));
        }
        require(
            "addclosefrom",
            (int) closeFrom.invokeExact(state, actions, FIRST_DESCRIPTOR + descriptors.length));
        require(
            "setflags", (int) ATTRIBUTES_FLAGS.invokeExact(state, attributes, POSIX_SPAWN_SETSID));
        MemorySegment pid = arena.allocate(JAVA_INT);
        require(
            "posix_spawn",
            (int)
                POSIX_SPAWN.invokeExact(
                    state,
                    pid,
                    text(arena, command.getFirst()),
                    actions,
                    attributes,
                    texts(arena, command),
                    texts(arena, environment)));
        return pid.get(JAVA_INT, 0);
      } finally {
        var _ = (int) DESTROY.invokeExact(state, actions);
        var _ = (int) ATTRIBUTES_DESTROY.invokeExact(state, attributes);
      }
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable e) {
      throw NativeCall.impossible(e);
    }
  }

  private static int highest(int[] descriptors) {
    int highest = FIRST_DESCRIPTOR + descriptors.length;
    for (int fd : descriptors) {
      highest = Math.max(highest, fd);
    }
    return highest;
  }

  private static MethodHandle closeFrom() {
    String name = "posix_spawn_file_actions_addclosefrom_np";
    if (Linker.nativeLinker().defaultLookup().find(name).isEmpty()) {
      throw new UnsupportedOperationException("the C library has no " + name + " (glibc 2.34 has)");
    }
    return bind(name, INT, POINTER, INT);
  }

  private static void require(String call, int error) throws LinuxException {
    if (error != 0) {
      throw new LinuxException(call, "", error);
    }
  }

  private static MemorySegment texts(Arena arena, List<String> texts) {
    MemorySegment array = arena.allocate(ADDRESS, texts.size() + 1L);
    for (int i = 0; i < texts.size(); i++) {
      array.setAtIndex(ADDRESS, i, text(arena, texts.get(i)));
    }
    array.setAtIndex(ADDRESS, texts.size(), MemorySegment.NULL);
    return array;
  }

  private static MemorySegment text(Arena arena, String text) {
    return NativeCall.string(arena, text.getBytes(StandardCharsets.UTF_8));
  }
}
