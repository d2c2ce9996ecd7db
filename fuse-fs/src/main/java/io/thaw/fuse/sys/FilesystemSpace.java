package io.thaw.fuse.sys;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/// How much room a file system has for whoever asks.
///
/// @param sizeBytes all of it
/// @param freeBytes what may still be written
/// @param inodes how many files it can hold; 0 where nobody counts them
/// @param freeInodes how many more
public record FilesystemSpace(long sizeBytes, long freeBytes, long inodes, long freeInodes) {

  /// Size of `struct statvfs` on 64-bit Linux.
  static final long BYTES = 112;

  static FilesystemSpace of(MemorySegment statvfs) {
    long fragment = statvfs.get(JAVA_LONG, 8);
    return new FilesystemSpace(
        statvfs.get(JAVA_LONG, 16) * fragment,
        statvfs.get(JAVA_LONG, 32) * fragment,
        statvfs.get(JAVA_LONG, 40),
        statvfs.get(JAVA_LONG, 56));
  }
}
