package io.thaw.fuse.sys;

import static io.thaw.fuse.sys.NativeCall.LONG;
import static io.thaw.fuse.sys.NativeCall.POINTER;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Memory from malloc(3), not cleared: pages of a large one cost nothing until they are written, so
/// many may wait for data at once. Any thread may use it.
public final class NativeBuffer implements AutoCloseable {

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle MALLOC =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("malloc"), FunctionDescriptor.of(POINTER, LONG));
  private static final MethodHandle FREE =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("free"), FunctionDescriptor.ofVoid(POINTER));

  private final MemorySegment segment;

  /// Allocates `sizeBytes`.
  public NativeBuffer(long sizeBytes) {
    try {
      MemorySegment memory = (MemorySegment) MALLOC.invokeExact(sizeBytes);
      if (memory.address() == 0) {
        throw new OutOfMemoryError("no " + sizeBytes + " bytes of native memory");
      }
      segment = memory.reinterpret(sizeBytes);
    } catch (Throwable e) {
      throw NativeCall.impossible(e);
    }
  }

  /// The memory; not to be used after {@link #close}.
  public MemorySegment segment() {
    return segment;
  }

  @Override
  public void close() {
    try {
      FREE.invokeExact(segment);
    } catch (Throwable e) {
      throw NativeCall.impossible(e);
    }
  }
}
