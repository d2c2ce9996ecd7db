package io.thaw.fuse.sys;

import static io.thaw.fuse.sys.NativeCall.INT;
import static io.thaw.fuse.sys.NativeCall.LONG;
import static io.thaw.fuse.sys.NativeCall.POINTER;
import static io.thaw.fuse.sys.NativeCall.bind;
import static io.thaw.fuse.sys.NativeCall.string;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// mount(2), umount2(2) and the list of mounts.
public final class Mounts {

  public static final long MS_RDONLY = 1;
  public static final long MS_NOSUID = 2;
  public static final long MS_NODEV = 4;
  public static final long MS_BIND = 4096;

  /// Takes a mount out of the tree at once; it ends when nobody uses it any more.
  public static final int MNT_DETACH = 2;

  private static final MethodHandle MOUNT =
      bind("mount", INT, POINTER, POINTER, POINTER, LONG, POINTER);
  private static final MethodHandle UMOUNT2 = bind("umount2", INT, POINTER, INT);
  private static final Path MOUNTINFO = Path.of("/proc/self/mountinfo");

  private Mounts() {}

  /// One line of `/proc/self/mountinfo`, the newest of a mountpoint last.
  ///
  /// @param device `MAJOR:MINOR`
  /// @param root what of the file system is mounted: `/`, or the source of a bind mount
  /// @param mountpoint unescaped
  /// @param type such as `overlay` or `fuse.thaw`
  /// @param options those of the file system, comma-separated
  public record Entry(
      String device, String root, String mountpoint, String type, String source, String options) {}

  /// Mounts `source` of `type` at `target`.
  public static void mount(String source, Path target, String type, long flags, String data)
      throws LinuxException {
    Linux.call(
        "mount",
        bytes(target.toString()),
        (arena, state) ->
            (int)
                MOUNT.invokeExact(
                    state,
                    string(arena, bytes(source)),
                    string(arena, bytes(target.toString())),
                    string(arena, bytes(type)),
                    flags,
                    string(arena, bytes(data))));
  }

  /// Unmounts what was mounted last at `target`.
  public static void unmount(Path target, int flags) throws LinuxException {
    Linux.call(
        "umount2",
        bytes(target.toString()),
        (arena, state) ->
            (int) UMOUNT2.invokeExact(state, string(arena, bytes(target.toString())), flags));
  }

  /// All mounts this process sees. Reads only `/proc`, so it is safe while our own mounts do not
  /// answer.
  public static List<Entry> list() throws IOException {
    List<Entry> entries = new ArrayList<>();
    // Mountpoints need not be UTF-8: bytes beyond ASCII are kept one to one.
    for (String line :
        new String(Files.readAllBytes(MOUNTINFO), StandardCharsets.ISO_8859_1).split("\n", -1)) {
      String[] halves = line.split(" - ", 2);
      String[] head = halves[0].split(" ", -1);
      if (halves.length == 2 && head.length >= 6) {
        String[] tail = halves[1].split(" ", -1);
        String options = tail.length > 2 ? tail[2] : "";
        entries.add(
            new Entry(
                head[2],
                unescape(head[3]),
                unescape(head[4]),
                tail[0],
                tail.length > 1 ? unescape(tail[1]) : "",
                options));
      }
    }
    return entries;
  }

  /// Spaces and the like stand as a backslash and three octal digits.
  private static String unescape(String field) {
    byte[] raw = field.getBytes(StandardCharsets.ISO_8859_1);
    byte[] plain = new byte[raw.length];
    int length = 0;
    for (int i = 0; i < raw.length; i++) {
      if (raw[i] == '\\' && i + 3 < raw.length) {
        plain[length++] =
            (byte) ((raw[i + 1] - '0') << 6 | (raw[i + 2] - '0') << 3 | (raw[i + 3] - '0'));
        i += 3;
      } else {
        plain[length++] = raw[i];
      }
    }
    return new String(plain, 0, length, StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
