package io.thaw.ztoc.tree;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a {@link LayerTree} needs to know of a layer's tar entries, numbered in tar order.
///
/// Implementations are immutable; arrays they return may be shared and are not written to.
public interface LayerEntries {

  /// The number of entries; they are `0 .. count() - 1`.
  int count();

  /// The name as stored, any bytes.
  byte[] name(int entry);

  /// What the entry makes.
  EntryKind kind(int entry);

  /// Target of a symbolic or hard link, any bytes; empty for other kinds.
  byte[] linkName(int entry);

  /// Uncompressed offset of the entry's data.
  long dataOffset(int entry);

  /// Bytes of data of a regular file; other kinds have none, whatever their header says.
  long sizeBytes(int entry);

  /// Permission bits with setuid, setgid and sticky; higher bits are ignored.
  int mode(int entry);

  /// Owner.
  int uid(int entry);

  /// Group.
  int gid(int entry);

  /// Modification time, whole seconds since the epoch.
  long mtimeSeconds(int entry);

  /// Modification time, nanoseconds past the second.
  int mtimeNanos(int entry);

  /// Major number of a device.
  int deviceMajor(int entry);

  /// Minor number of a device.
  int deviceMinor(int entry);

  /// Whether the entry carries extended attributes; cheap.
  boolean hasXattrs(int entry);

  /// Names of the entry's extended attributes, in a stable order.
  List<byte[]> xattrNames(int entry);

  /// Value of one extended attribute, or null if the entry has none of that name.
  byte @Nullable [] xattr(int entry, byte[] name);

  /// What a tar entry makes.
  enum EntryKind {
    DIRECTORY,
    REGULAR,
    HARD_LINK,
    SYMLINK,
    CHARACTER_DEVICE,
    BLOCK_DEVICE,
    FIFO
  }
}
