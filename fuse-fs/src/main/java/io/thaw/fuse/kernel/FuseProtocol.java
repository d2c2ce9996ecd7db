package io.thaw.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.thaw.fuse.LayerContent;
import io.thaw.fuse.LayerFilesystem;
import io.thaw.fuse.sys.Errno;
import io.thaw.ztoc.tree.LayerTree;
import io.thaw.ztoc.tree.NodeKind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// A server of the FUSE kernel protocol for one layer, without transport: a request goes in, a
/// reply comes out.
///
/// Safe for many threads, each with its own {@link Exchange}. Everything but file data is answered
/// from memory; reads of data that is not on this host are deferred to a caller that may wait.
/// Protocol versions 7.31 to 7.45.
final class FuseProtocol {

  /// The request gets no reply.
  static final int NO_REPLY = 0;

  /// The request is a read that must wait; the exchange says of what.
  static final int DEFERRED = -1;

  static final int MAJOR = 7;
  static final int OLDEST_MINOR = 31;
  static final int NEWEST_MINOR = 45;

  static final int FOPEN_KEEP_CACHE = 1 << 1;
  static final int FOPEN_CACHE_DIR = 1 << 3;

  private static final int ACCESS_MODE = 3;
  private static final int MAX_WRITE = 4096;
  private static final int MAX_PAGES = Exchange.MAX_READ / 4096;
  private static final int MAX_BACKGROUND = 128;
  private static final int MAX_XATTR = 64 << 10;

  private final LayerTree tree;
  private final LayerContent content;
  private final boolean quickXattrs;
  private final RequestLog log;
  private final long blocks;
  private volatile long negotiated;
  private volatile boolean initialized;

  FuseProtocol(LayerFilesystem filesystem, RequestLog log) {
    this.tree = filesystem.tree();
    this.content = filesystem.content();
    this.quickXattrs = filesystem.quickXattrs();
    this.log = log;
    long bytes = 0;
    for (int i = 0; i < tree.fileCount(); i++) {
      bytes += tree.sizeBytes(tree.file(i));
    }
    this.blocks = (bytes + 4095) / 4096;
  }

  /// Whether the kernel has accepted us.
  boolean isInitialized() {
    return initialized;
  }

  long negotiated() {
    return negotiated;
  }

  /// Goes on from an INIT that an earlier process answered.
  void resume(long negotiated) {
    this.negotiated = negotiated;
    initialized = true;
  }

  /// Answers the request in `exchange.request` and leaves the reply in `exchange.reply`.
  ///
  /// @param received bytes of the request
  /// @return the length of the reply, {@link #NO_REPLY} or {@link #DEFERRED}
  int serve(Exchange exchange, int received) {
    MemorySegment request = exchange.request;
    if (received < InHeaderLayout.BYTES || InHeaderLayout.length(request) != received) {
      log.failure("a request of " + received + " bytes is shorter or longer than its header says");
      return NO_REPLY;
    }
    long unique = InHeaderLayout.unique(request);
    Opcode opcode = Opcode.of(InHeaderLayout.opcode(request));
    if (opcode == null) {
      return error(exchange, unique, Errno.ENOSYS);
    }
    log.count(opcode);
    if (received - InHeaderLayout.BYTES < opcode.minimumBody()) {
      log.failure(opcode + " of " + received + " bytes is too short");
      return opcode.handling() == Opcode.Handling.SILENT
          ? NO_REPLY
          : error(exchange, unique, Errno.EINVAL);
    }
    return switch (opcode.handling()) {
      case SERVED -> serveSafely(opcode, exchange, unique, received);
      case READ_ONLY -> error(exchange, unique, Errno.EROFS);
      case UNSUPPORTED -> error(exchange, unique, Errno.ENOSYS);
      case SILENT -> NO_REPLY;
    };
  }

  /// Answers the read an exchange deferred; may wait for the network.
  ///
  /// @param reply memory for header and data
  /// @return the length of the reply
  int serveDeferred(long unique, int node, long offset, int length, MemorySegment reply) {
    try {
      ByteBuffer body = reply.asSlice(OutHeaderLayout.BYTES, length).asByteBuffer();
      int count = content.read(node, offset, body);
      requireWhole(node, offset, length, count);
      return OutHeaderLayout.success(reply, unique, length);
    } catch (InterruptedException | InterruptedIOException e) {
      return OutHeaderLayout.error(reply, unique, Errno.EINTR);
    } catch (Exception | Error e) {
      log.failure("cannot read " + length + " bytes at " + offset + " of " + path(node), e);
      return OutHeaderLayout.error(reply, unique, Errno.EIO);
    }
  }

  private int serveSafely(Opcode opcode, Exchange exchange, long unique, int received) {
    try {
      int node =
          opcode == Opcode.INIT
              ? tree.root()
              : NodeIds.node(tree, InHeaderLayout.nodeId(exchange.request));
      if (node == NodeIds.NONE && opcode != Opcode.DESTROY) {
        return error(exchange, unique, Errno.ESTALE);
      }
      return dispatch(opcode, exchange, unique, node, received);
    } catch (Exception | Error e) {
      log.failure(opcode + " of node " + InHeaderLayout.nodeId(exchange.request) + " failed", e);
      return error(exchange, unique, Errno.EIO);
    }
  }

  private int dispatch(Opcode opcode, Exchange exchange, long unique, int node, int received)
      throws IOException {
    return switch (opcode) {
      case INIT -> init(exchange, unique, received);
      case LOOKUP -> lookup(exchange, unique, node, received);
      case GETATTR -> {
        EntryLayout.writeAttrOut(exchange.reply, OutHeaderLayout.BYTES, tree, node);
        yield success(exchange, unique, EntryLayout.ATTR_OUT_BYTES);
      }
      case READLINK -> readLink(exchange, unique, node);
      case OPEN -> open(exchange, unique, node);
      case READ -> read(exchange, unique, node);
      case OPENDIR -> openDirectory(exchange, unique, node);
      case READDIR -> readDirectory(exchange, unique, node, false);
      case READDIRPLUS -> readDirectory(exchange, unique, node, true);
      case GETXATTR -> getXattr(exchange, unique, node, received);
      case LISTXATTR -> listXattr(exchange, unique, node);
      case STATFS -> {
        ReadLayout.writeStatfs(exchange.reply, blocks, tree.inodeCount());
        yield success(exchange, unique, ReadLayout.STATFS_BYTES);
      }
      case RELEASE, RELEASEDIR, DESTROY -> success(exchange, unique, 0);
      default ->
          throw new IllegalStateException(
              opcode + " is in the table as served, but nothing serves it");
    };
  }

  private int init(Exchange exchange, long unique, int received) {
    MemorySegment request = exchange.request;
    int major = InitLayout.major(request);
    int minor = InitLayout.minor(request);
    if (major > MAJOR) {
      // The kernel asks again with the version we name.
      InitLayout.write(exchange.reply, MAJOR, NEWEST_MINOR, 0, 0, 0, 0, 0);
      return success(exchange, unique, InitLayout.OUT_BYTES);
    }
    if (major < MAJOR || minor < OLDEST_MINOR) {
      log.failure(
          "the kernel speaks FUSE "
              + major
              + "."
              + minor
              + ", "
              + MAJOR
              + "."
              + OLDEST_MINOR
              + " (Linux 5.4) is needed");
      return error(exchange, unique, Errno.EPROTO);
    }
    negotiated = InitLayout.flags(request, received) & InitFlags.WANTED;
    InitLayout.write(
        exchange.reply,
        MAJOR,
        Math.min(minor, NEWEST_MINOR),
        InitLayout.maxReadAhead(request),
        negotiated,
        MAX_BACKGROUND,
        MAX_WRITE,
        MAX_PAGES);
    initialized = true;
    return success(exchange, unique, InitLayout.OUT_BYTES);
  }

  private int lookup(Exchange exchange, long unique, int node, int received) {
    if (tree.kind(node) != NodeKind.DIRECTORY) {
      return error(exchange, unique, Errno.ENOTDIR);
    }
    int length = copyName(exchange, InHeaderLayout.BYTES, received);
    if (length < 0) {
      return error(exchange, unique, Errno.EINVAL);
    }
    int child = tree.lookup(node, exchange.name, 0, length);
    if (child < 0) {
      EntryLayout.writeNegative(exchange.reply, OutHeaderLayout.BYTES);
    } else {
      EntryLayout.write(exchange.reply, OutHeaderLayout.BYTES, tree, child);
    }
    return success(exchange, unique, EntryLayout.BYTES);
  }

  /// Copies the zero-ended name at the end of the request and returns its length, or -1 if nothing
  /// ends it.
  private static int copyName(Exchange exchange, int from, int received) {
    int length = received - from;
    MemorySegment.copy(exchange.request, JAVA_BYTE, from, exchange.name, 0, length);
    for (int i = 0; i < length; i++) {
      if (exchange.name[i] == 0) {
        return i;
      }
    }
    return -1;
  }

  private int readLink(Exchange exchange, long unique, int node) {
    if (tree.kind(node) != NodeKind.SYMLINK) {
      return error(exchange, unique, Errno.EINVAL);
    }
    return bytes(exchange, unique, tree.linkName(node));
  }

  private int open(Exchange exchange, long unique, int node) {
    if (tree.kind(node) != NodeKind.REGULAR) {
      return error(
          exchange, unique, tree.kind(node) == NodeKind.DIRECTORY ? Errno.EISDIR : Errno.EINVAL);
    }
    if ((ReadLayout.openFlags(exchange.request) & ACCESS_MODE) != 0) {
      return error(exchange, unique, Errno.EROFS);
    }
    ReadLayout.writeOpenOut(exchange.reply, FOPEN_KEEP_CACHE);
    return success(exchange, unique, ReadLayout.OPEN_OUT_BYTES);
  }

  private int openDirectory(Exchange exchange, long unique, int node) {
    if (tree.kind(node) != NodeKind.DIRECTORY) {
      return error(exchange, unique, Errno.ENOTDIR);
    }
    if ((negotiated & InitFlags.NO_OPENDIR_SUPPORT) != 0) {
      return error(exchange, unique, Errno.ENOSYS);
    }
    ReadLayout.writeOpenOut(exchange.reply, FOPEN_KEEP_CACHE | FOPEN_CACHE_DIR);
    return success(exchange, unique, ReadLayout.OPEN_OUT_BYTES);
  }

  private int read(Exchange exchange, long unique, int node) throws IOException {
    if (tree.kind(node) != NodeKind.REGULAR) {
      return error(
          exchange, unique, tree.kind(node) == NodeKind.DIRECTORY ? Errno.EISDIR : Errno.EINVAL);
    }
    long offset = ReadLayout.offset(exchange.request);
    if (offset < 0) {
      return error(exchange, unique, Errno.EINVAL);
    }
    long wanted = Math.min(ReadLayout.size(exchange.request), Exchange.MAX_READ);
    int length = (int) Math.max(0, Math.min(wanted, tree.sizeBytes(node) - offset));
    if (length == 0) {
      return success(exchange, unique, 0);
    }
    int count = content.readIfPresent(node, offset, exchange.body(length));
    if (count == LayerContent.ABSENT) {
      exchange.deferredUnique = unique;
      exchange.deferredNode = node;
      exchange.deferredOffset = offset;
      exchange.deferredLength = length;
      return DEFERRED;
    }
    requireWhole(node, offset, length, count);
    return success(exchange, unique, length);
  }

  /// A short reply would read as the end of the file.
  private void requireWhole(int node, long offset, int length, int count) throws IOException {
    if (count != length) {
      throw new IOException(
          "got " + count + " of " + length + " bytes at " + offset + " of " + path(node));
    }
  }

  private int readDirectory(Exchange exchange, long unique, int node, boolean plus) {
    if (tree.kind(node) != NodeKind.DIRECTORY) {
      return error(exchange, unique, Errno.ENOTDIR);
    }
    int size = (int) Math.min(ReadLayout.size(exchange.request), Exchange.MAX_READ);
    int written =
        DirectoryReply.write(tree, node, ReadLayout.offset(exchange.request), size, plus, exchange);
    return written < 0 ? error(exchange, unique, Errno.EINVAL) : success(exchange, unique, written);
  }

  private int getXattr(Exchange exchange, long unique, int node, int received) {
    if (!tree.hasXattrs()) {
      return error(exchange, unique, quickXattrs ? Errno.ENOSYS : Errno.ENODATA);
    }
    int length = copyName(exchange, InHeaderLayout.BYTES + 8, received);
    if (length < 0) {
      return error(exchange, unique, Errno.EINVAL);
    }
    byte[] value = tree.xattr(node, Arrays.copyOf(exchange.name, length));
    return value == null ? error(exchange, unique, Errno.ENODATA) : sized(exchange, unique, value);
  }

  /// Always a list: to programs a filesystem without attributes is not what an unpacked layer is.
  private int listXattr(Exchange exchange, long unique, int node) {
    List<byte[]> names = tree.xattrNames(node);
    byte[] list = new byte[names.stream().mapToInt(name -> name.length + 1).sum()];
    int at = 0;
    for (byte[] name : names) {
      System.arraycopy(name, 0, list, at, name.length);
      at += name.length + 1;
    }
    return sized(exchange, unique, list);
  }

  /// The value if the caller has room for it; its size if the caller asks for that.
  private int sized(Exchange exchange, long unique, byte[] value) {
    long room = ReadLayout.xattrSize(exchange.request);
    if (value.length > MAX_XATTR) {
      return error(exchange, unique, Errno.EOVERFLOW);
    }
    if (room == 0) {
      ReadLayout.writeXattrSize(exchange.reply, value.length);
      return success(exchange, unique, ReadLayout.XATTR_OUT_BYTES);
    }
    return room < value.length
        ? error(exchange, unique, Errno.ERANGE)
        : bytes(exchange, unique, value);
  }

  private String path(int node) {
    return "'/" + new String(tree.path(node), StandardCharsets.UTF_8) + "'";
  }

  private static int bytes(Exchange exchange, long unique, byte[] body) {
    MemorySegment.copy(body, 0, exchange.reply, JAVA_BYTE, OutHeaderLayout.BYTES, body.length);
    return success(exchange, unique, body.length);
  }

  private static int success(Exchange exchange, long unique, int body) {
    return OutHeaderLayout.success(exchange.reply, unique, body);
  }

  private static int error(Exchange exchange, long unique, int errno) {
    return OutHeaderLayout.error(exchange.reply, unique, errno);
  }
}
