package io.thaw.cli.output;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/// What the standard streams are.
public final class Terminal {
  private static final int STANDARD_OUTPUT = 1;
  private static final int STANDARD_ERROR = 2;
  private static final int USUAL_WIDTH = 80;

  /// ioctl_tty(2): asks for rows and columns, four unsigned 16-bit numbers.
  private static final long TIOCGWINSZ = 0x5413;

  private Terminal() {}

  /// Whether standard error is a terminal that understands cursor movement.
  static boolean isStandardError() {
    return is(STANDARD_ERROR);
  }

  /// The same of standard output.
  public static boolean isStandardOutput() {
    return is(STANDARD_OUTPUT);
  }

  private static boolean is(int descriptor) {
    String term = System.getenv("TERM");
    if (term == null || term.equals("dumb")) {
      return false;
    }
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  /// The width of standard error in columns; 80 if it does not tell.
  static int width() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(8);
      int result = (int) Ioctl.HANDLE.invokeExact(STANDARD_ERROR, TIOCGWINSZ, size);
      int columns = Short.toUnsignedInt(size.get(ValueLayout.JAVA_SHORT, 2));
      return result == 0 && columns > 0 ? columns : USUAL_WIDTH;
    } catch (Throwable e) {
      if (e instanceof Error error) {
        throw error;
      }
      return USUAL_WIDTH;
    }
  }

  /// Made when a terminal is there, and not before.
  private static final class Ioctl {
    static final MethodHandle HANDLE =
        Linker.nativeLinker()
            .downcallHandle(
                Linker.nativeLinker().defaultLookup().findOrThrow("ioctl"),
                FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.ADDRESS),
                Linker.Option.firstVariadicArg(2));
  }
}
