package io.thaw.fuse.sys;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;

/// Binds functions of the C library whose errors come by `errno`.
///
/// A bound handle takes the memory for `errno` as its first argument: callers on a hot path keep
/// one such segment per thread.
final class NativeCall {

  static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;
  static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  static final AddressLayout POINTER = ValueLayout.ADDRESS;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private NativeCall() {}

  static MethodHandle bind(String name, MemoryLayout result, MemoryLayout... arguments) {
    return bindVariadic(name, arguments.length, result, arguments);
  }

  /// Binds a function that takes any number of arguments after the first `fixed`.
  static MethodHandle bindVariadic(
      String name, int fixed, MemoryLayout result, MemoryLayout... arguments) {
    MemorySegment address =
        LINKER
            .defaultLookup()
            .find(name)
            .orElseThrow(() -> new UnsatisfiedLinkError("the C library has no " + name));
    FunctionDescriptor descriptor = FunctionDescriptor.of(result, arguments);
    Linker.Option errno = Linker.Option.captureCallState("errno");
    return fixed == arguments.length
        ? LINKER.downcallHandle(address, descriptor, errno)
        : LINKER.downcallHandle(address, descriptor, errno, Linker.Option.firstVariadicArg(fixed));
  }

  static MemorySegment newState(Arena arena) {
    return arena.allocate(STATE);
  }

  static int errno(MemorySegment state) {
    return (int) ERRNO.get(state, 0L);
  }

  /// `bytes` as a C string.
  ///
  /// @throws IllegalArgumentException if a zero byte would cut it short
  static MemorySegment string(Arena arena, byte[] bytes) {
    for (byte b : bytes) {
      if (b == 0) {
        throw new IllegalArgumentException("'" + text(bytes) + "' has a zero byte");
      }
    }
    MemorySegment segment = arena.allocate(bytes.length + 1L);
    MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return segment;
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /// A call into native code threw something it cannot throw: our binding is wrong.
  static IllegalStateException impossible(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return new IllegalStateException("a system call's binding is wrong", cause);
  }
}
