package io.thaw.fuse.sys;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;

/// What statx(2) says of a file; links are not followed.
///
/// @param mode type and permission bits
/// @param blocks allocated 512-byte blocks
/// @param mtimeNanos nanoseconds past the second
/// @param deviceMajor the device this inode is, for device nodes
/// @param filesystemMajor the device the inode is on
public record Stat(
    int mode,
    int linkCount,
    int uid,
    int gid,
    long inode,
    long sizeBytes,
    long blocks,
    long mtimeSeconds,
    int mtimeNanos,
    int deviceMajor,
    int deviceMinor,
    int filesystemMajor,
    int filesystemMinor) {

  /// Size of `struct statx`.
  static final long BYTES = 256;

  /// `STATX_BASIC_STATS`.
  static final int MASK = 0x7ff;

  static Stat of(MemorySegment statx) {
    return new Stat(
        Short.toUnsignedInt(statx.get(JAVA_SHORT, 28)),
        statx.get(JAVA_INT, 16),
        statx.get(JAVA_INT, 20),
        statx.get(JAVA_INT, 24),
        statx.get(JAVA_LONG, 32),
        statx.get(JAVA_LONG, 40),
        statx.get(JAVA_LONG, 48),
        statx.get(JAVA_LONG, 112),
        statx.get(JAVA_INT, 120),
        statx.get(JAVA_INT, 128),
        statx.get(JAVA_INT, 132),
        statx.get(JAVA_INT, 136),
        statx.get(JAVA_INT, 140));
  }
}
