package io.thaw.fuse.kernel;

import io.thaw.fuse.FuseCounters;
import org.jspecify.annotations.Nullable;

/// Every request of the protocol, with what we do about it: the one table behind dispatch, size
/// checks and names.
public enum Opcode {
  LOOKUP(1, 1, Handling.SERVED),
  FORGET(2, 8, Handling.SILENT),
  GETATTR(3, 0, Handling.SERVED),
  SETATTR(4, 0, Handling.READ_ONLY),
  READLINK(5, 0, Handling.SERVED),
  SYMLINK(6, 0, Handling.READ_ONLY),
  MKNOD(8, 0, Handling.READ_ONLY),
  MKDIR(9, 0, Handling.READ_ONLY),
  UNLINK(10, 0, Handling.READ_ONLY),
  RMDIR(11, 0, Handling.READ_ONLY),
  RENAME(12, 0, Handling.READ_ONLY),
  LINK(13, 0, Handling.READ_ONLY),
  OPEN(14, 8, Handling.SERVED),
  READ(15, 40, Handling.SERVED),
  WRITE(16, 0, Handling.READ_ONLY),
  STATFS(17, 0, Handling.SERVED),
  RELEASE(18, 0, Handling.SERVED),
  FSYNC(20, 0, Handling.UNSUPPORTED),
  SETXATTR(21, 0, Handling.READ_ONLY),
  GETXATTR(22, 9, Handling.SERVED),
  LISTXATTR(23, 8, Handling.SERVED),
  REMOVEXATTR(24, 0, Handling.READ_ONLY),
  FLUSH(25, 0, Handling.UNSUPPORTED),
  INIT(26, 16, Handling.SERVED),
  OPENDIR(27, 8, Handling.SERVED),
  READDIR(28, 40, Handling.SERVED),
  RELEASEDIR(29, 0, Handling.SERVED),
  FSYNCDIR(30, 0, Handling.UNSUPPORTED),
  GETLK(31, 0, Handling.UNSUPPORTED),
  SETLK(32, 0, Handling.UNSUPPORTED),
  SETLKW(33, 0, Handling.UNSUPPORTED),
  ACCESS(34, 0, Handling.UNSUPPORTED),
  CREATE(35, 0, Handling.READ_ONLY),
  INTERRUPT(36, 8, Handling.SILENT),
  BMAP(37, 0, Handling.UNSUPPORTED),
  DESTROY(38, 0, Handling.SERVED),
  IOCTL(39, 0, Handling.UNSUPPORTED),
  POLL(40, 0, Handling.UNSUPPORTED),
  NOTIFY_REPLY(41, 0, Handling.SILENT),
  BATCH_FORGET(42, 8, Handling.SILENT),
  FALLOCATE(43, 0, Handling.READ_ONLY),
  READDIRPLUS(44, 40, Handling.SERVED),
  RENAME2(45, 0, Handling.READ_ONLY),
  LSEEK(46, 0, Handling.UNSUPPORTED),
  COPY_FILE_RANGE(47, 0, Handling.READ_ONLY),
  SETUPMAPPING(48, 0, Handling.UNSUPPORTED),
  REMOVEMAPPING(49, 0, Handling.UNSUPPORTED),
  SYNCFS(50, 0, Handling.UNSUPPORTED),
  TMPFILE(51, 0, Handling.READ_ONLY),
  STATX(52, 0, Handling.UNSUPPORTED);

  /// What becomes of a request.
  enum Handling {
    /// Answered from the layer.
    SERVED,
    /// Would change the layer: EROFS.
    READ_ONLY,
    /// ENOSYS, which the kernel remembers and answers itself from then on.
    UNSUPPORTED,
    /// Has no reply. Nodes live as long as the layer, so there is nothing to forget; an interrupt
    /// cannot be told from a harmless signal, and a read that fails because of one would look like
    /// a broken disk.
    SILENT
  }

  private static final @Nullable Opcode[] BY_CODE = new @Nullable Opcode[STATX.code + 1];

  static {
    for (Opcode opcode : values()) {
      BY_CODE[opcode.code] = opcode;
    }
  }

  private final int code;
  private final int minimumBody;
  private final Handling handling;

  Opcode(int code, int minimumBody, Handling handling) {
    this.code = code;
    this.minimumBody = minimumBody;
    this.handling = handling;
  }

  /// The opcode with this number, or null if we know none.
  static @Nullable Opcode of(int code) {
    return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
  }

  /// The number on the wire.
  public int code() {
    return code;
  }

  /// Bytes after the header without which the request makes no sense.
  int minimumBody() {
    return minimumBody;
  }

  Handling handling() {
    return handling;
  }

  /// What it is counted as.
  FuseCounters.Operation operation() {
    return switch (this) {
      case LOOKUP -> FuseCounters.Operation.LOOKUP;
      case GETATTR -> FuseCounters.Operation.GETATTR;
      case READLINK -> FuseCounters.Operation.READLINK;
      case OPEN -> FuseCounters.Operation.OPEN;
      case READ -> FuseCounters.Operation.READ;
      case OPENDIR -> FuseCounters.Operation.OPENDIR;
      case READDIR, READDIRPLUS -> FuseCounters.Operation.READDIR;
      case GETXATTR -> FuseCounters.Operation.GETXATTR;
      case LISTXATTR -> FuseCounters.Operation.LISTXATTR;
      default -> FuseCounters.Operation.OTHER;
    };
  }
}
