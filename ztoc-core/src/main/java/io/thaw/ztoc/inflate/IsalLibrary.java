package io.thaw.ztoc.inflate;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/// Intel's ISA-L, version 2 of its interface (`libisal.so.2`; x86-64 and arm64), if the host has
/// it: it inflates several times as fast as Java can, at once and not only when it is compiled.
///
/// `-Dthaw.inflate=java` leaves it alone.
///
/// Positions of fields are those of `struct inflate_state` in its `igzip_lib.h`. They are tried out
/// before the library is used, so that another layout only means that it is not.
final class IsalLibrary {
  /// More than the structure has in any version.
  static final long STATE_BYTES = 128 << 10;

  static final long NEXT_OUT = 0;
  static final long AVAIL_OUT = 8;
  static final long NEXT_IN = 16;
  static final long READ_IN = 24;
  static final long AVAIL_IN = 32;
  static final long READ_IN_BITS = 36;
  static final long BLOCK_STATE = 21160;

  /// The member's last block has ended, and all of it is out.
  static final int FINISHED = 5;

  static final int INVALID_BLOCK = -1;
  static final int INVALID_SYMBOL = -2;
  static final int INVALID_LOOKBACK = -3;

  private static final String NAME = "libisal.so.2";

  private final MethodHandle init;
  private final MethodHandle setDictionary;
  private final MethodHandle inflate;

  private IsalLibrary(SymbolLookup symbols) {
    Linker linker = Linker.nativeLinker();
    init =
        linker.downcallHandle(
            symbols.findOrThrow("isal_inflate_init"),
            FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
    setDictionary =
        linker.downcallHandle(
            symbols.findOrThrow("isal_inflate_set_dict"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT));
    inflate =
        linker.downcallHandle(
            symbols.findOrThrow("isal_inflate"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
  }

  /// The host's library; empty if it has none that can be used.
  static Optional<IsalLibrary> get() {
    return Optional.ofNullable(Holder.FOUND);
  }

  void init(MemorySegment state) {
    try {
      init.invokeExact(state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// Makes the bytes those that lie before the output.
  void setDictionary(MemorySegment state, MemorySegment bytes, int length) {
    try {
      int code = (int) setDictionary.invokeExact(state, bytes, length);
      if (code != 0) {
        throw new IllegalStateException(NAME + " refuses a history: " + code);
      }
    } catch (IllegalStateException e) {
      throw e;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// Decodes what there is, as far as there is room; negative if the data are broken.
  int inflate(MemorySegment state) {
    try {
      return (int) inflate.invokeExact(state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static IllegalStateException unexpected(Throwable e) {
    return new IllegalStateException(NAME + " cannot be called", e);
  }

  /// Loads once; later calls cost nothing.
  private static final class Holder {
    static final @Nullable IsalLibrary FOUND = load();

    private static @Nullable IsalLibrary load() {
      boolean unwanted = "java".equals(System.getProperty("thaw.inflate"));
      if (unwanted || ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
        return null;
      }
      try {
        IsalLibrary library = new IsalLibrary(SymbolLookup.libraryLookup(NAME, Arena.global()));
        return library.works() ? library : null;
      } catch (IllegalArgumentException
          | IllegalCallerException
          | IllegalStateException
          | NoSuchElementException e) {
        // No such library, or another one than its name says.
        return null;
      }
    }
  }

  /// Whether it inflates what it should, with the fields where they are looked for.
  private boolean works() {
    byte[] text = new byte[200_000];
    int seed = 1;
    for (int i = 0; i < text.length; i++) {
      seed = seed * 1_103_515_245 + 12_345;
      text[i] = (byte) ('a' + (seed >>> 28));
    }
    byte[] stored = new byte[text.length];
    int length;
    try (Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true)) {
      deflater.setInput(text);
      deflater.finish();
      length = deflater.deflate(stored);
    }
    int extra = 5;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE_BYTES, 16);
      MemorySegment in = arena.allocate(length + extra);
      MemorySegment out = arena.allocate(text.length + extra);
      MemorySegment.copy(stored, 0, in, ValueLayout.JAVA_BYTE, 0, length);
      init(state);
      state.set(ValueLayout.ADDRESS, NEXT_IN, in);
      state.set(ValueLayout.JAVA_INT, AVAIL_IN, length + extra);
      state.set(ValueLayout.ADDRESS, NEXT_OUT, out);
      state.set(ValueLayout.JAVA_INT, AVAIL_OUT, text.length + extra);
      int code = inflate(state);
      int left =
          state.get(ValueLayout.JAVA_INT, AVAIL_IN)
              + (state.get(ValueLayout.JAVA_INT, READ_IN_BITS) >>> 3);
      return code == 0
          && state.get(ValueLayout.JAVA_INT, BLOCK_STATE) == FINISHED
          && state.get(ValueLayout.JAVA_INT, AVAIL_OUT) == extra
          && left == extra
          && Arrays.equals(out.asSlice(0, text.length).toArray(ValueLayout.JAVA_BYTE), text);
    }
  }
}
