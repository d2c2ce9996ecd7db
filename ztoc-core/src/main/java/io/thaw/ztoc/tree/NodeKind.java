package io.thaw.ztoc.tree;

import org.jspecify.annotations.Nullable;

/// The kinds of inode a layer can hold, with their `S_IFMT` bits and their `DT_*` number.
public enum NodeKind {
  /// A directory.
  DIRECTORY(0040000),
  /// A regular file.
  REGULAR(0100000),
  /// A symbolic link.
  SYMLINK(0120000),
  /// A character device; with device number 0:0 it is a whiteout.
  CHARACTER_DEVICE(0020000),
  /// A block device.
  BLOCK_DEVICE(0060000),
  /// A named pipe.
  FIFO(0010000);

  private static final @Nullable NodeKind[] BY_DIRENT_TYPE = new @Nullable NodeKind[16];

  static {
    for (NodeKind kind : values()) {
      BY_DIRENT_TYPE[kind.direntType()] = kind;
    }
  }

  private final int typeBits;

  NodeKind(int typeBits) {
    this.typeBits = typeBits;
  }

  /// The file type bits of `st_mode`.
  public int typeBits() {
    return typeBits;
  }

  /// The kind with this {@link #direntType}.
  static NodeKind ofDirentType(int direntType) {
    NodeKind kind = BY_DIRENT_TYPE[direntType];
    if (kind == null) {
      throw new IllegalArgumentException("no kind of inode is " + direntType);
    }
    return kind;
  }

  /// The file type as directory entries carry it (`DT_DIR` and so on).
  public int direntType() {
    return typeBits >>> 12;
  }
}
