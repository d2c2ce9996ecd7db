package io.thaw.fuse;

/// How to mount.
///
/// @param allowOther whether users other than the daemon's may look; containers need it
/// @param readAheadKib the kernel's read-ahead window, in KiB; 0 leaves the kernel's default
public record MountOptions(boolean allowOther, int readAheadKib) {

  /// The largest read-ahead accepted, 64 MiB.
  public static final int MAX_READ_AHEAD_KIB = 64 << 10;

  public MountOptions {
    if (readAheadKib < 0 || readAheadKib > MAX_READ_AHEAD_KIB) {
      throw new IllegalArgumentException(
          "readAheadKib is " + readAheadKib + ", not in 0.." + MAX_READ_AHEAD_KIB);
    }
  }

  /// For containers: everybody may look, 1 MiB read-ahead.
  public static MountOptions defaults() {
    return new MountOptions(true, 1024);
  }
}
