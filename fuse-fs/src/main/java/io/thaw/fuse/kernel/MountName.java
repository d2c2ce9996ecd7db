package io.thaw.fuse.kernel;

import io.thaw.fuse.handover.DescriptorStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/// What a kept descriptor is called: all that the next daemon needs to serve it.
///
/// `thaw-mount.VERSION.FLAGS.PATH`, with the negotiated INIT flags in hexadecimal and the
/// mountpoint below the root, its bytes other than letters, digits, `/`, `-` and `_` as `%XX`.
///
/// @param mountpoint absolute
/// @param negotiated INIT flags both sides agreed on
record MountName(Path mountpoint, long negotiated) {
  /// What all names begin with, of whatever version.
  static final String PREFIX = "thaw-mount.";

  /// Changes when node numbers or anything else a mount relies on does.
  private static final String VERSION = "1";

  private static final String PLAIN = "/-_";

  /// The name, or nothing if it would be too long.
  Optional<String> encode(Path root) {
    StringBuilder name = new StringBuilder(PREFIX).append(VERSION).append('.');
    name.append(Long.toHexString(negotiated)).append('.');
    for (byte b : root.relativize(mountpoint).toString().getBytes(StandardCharsets.UTF_8)) {
      boolean plain = (b > 0 && Character.isLetterOrDigit(b)) || PLAIN.indexOf(b) >= 0;
      name.append(plain ? Character.toString(b) : "%%%02X".formatted(b));
    }
    return name.length() <= DescriptorStore.MAX_NAME
        ? Optional.of(name.toString())
        : Optional.empty();
  }

  /// What a name says, or nothing if it is of another version.
  static Optional<MountName> decode(String name, Path root) {
    String[] fields = name.split("\\.", 4);
    if (fields.length != 4 || !name.startsWith(PREFIX) || !fields[1].equals(VERSION)) {
      return Optional.empty();
    }
    try {
      Path mountpoint = root.resolve(unescape(fields[3])).normalize();
      return Optional.of(new MountName(mountpoint, Long.parseUnsignedLong(fields[2], 16)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static String unescape(String text) {
    byte[] bytes = new byte[text.length()];
    int length = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%' && i + 2 < text.length()) {
        bytes[length++] = (byte) Integer.parseInt(text.substring(i + 1, i + 3), 16);
        i += 2;
      } else {
        bytes[length++] = (byte) c;
      }
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }
}
