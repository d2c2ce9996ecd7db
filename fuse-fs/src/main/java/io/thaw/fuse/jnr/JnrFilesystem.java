package io.thaw.fuse.jnr;

import io.thaw.fuse.LayerContent;
import io.thaw.fuse.LayerFilesystem;
import io.thaw.fuse.sys.Errno;
import io.thaw.ztoc.tree.LayerTree;
import io.thaw.ztoc.tree.NodeKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.Struct;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ru.serce.jnrfuse.FuseFillDir;
import ru.serce.jnrfuse.FuseStubFS;
import ru.serce.jnrfuse.struct.FileStat;
import ru.serce.jnrfuse.struct.FuseFileInfo;
import ru.serce.jnrfuse.struct.Statvfs;

/// libfuse's callbacks, answered from a layer. Reads wait on libfuse's own threads. Whatever would
/// change the layer never gets here: the mount is read-only.
final class JnrFilesystem extends FuseStubFS {
  private static final Logger LOG = LoggerFactory.getLogger(JnrFilesystem.class);
  private static final int ACCESS_MODE = 3;

  private final String name;
  private final LayerTree tree;
  private final LayerContent content;
  private final boolean quickXattrs;
  private final Set<Thread> readers = ConcurrentHashMap.newKeySet();
  private final Semaphore reading = new Semaphore(Integer.MAX_VALUE);
  private volatile boolean closing;
  private volatile boolean destroyed;

  JnrFilesystem(LayerFilesystem filesystem) {
    this.name = filesystem.name();
    this.tree = filesystem.tree();
    this.content = filesystem.content();
    this.quickXattrs = filesystem.quickXattrs();
  }

  /// Ends reads that wait, and waits for them; later ones fail at once.
  ///
  /// @return false if a read was still running after `timeout`
  boolean endReads(Duration timeout) throws InterruptedException {
    closing = true;
    readers.forEach(Thread::interrupt);
    return reading.tryAcquire(Integer.MAX_VALUE, timeout.toMillis(), TimeUnit.MILLISECONDS);
  }

  /// Whether libfuse has ended its loop: somebody unmounted the file system and nobody uses it any
  /// more.
  boolean isDestroyed() {
    return destroyed;
  }

  @Override
  public void destroy(Pointer context) {
    destroyed = true;
  }

  @Override
  public int getattr(String path, FileStat stat) {
    int node = node(path);
    if (node < 0) {
      return -Errno.ENOENT;
    }
    long size = tree.sizeBytes(node);
    stat.st_ino.set(inodeNumber(node));
    stat.st_mode.set(tree.mode(node));
    stat.st_nlink.set(tree.linkCount(node));
    stat.st_uid.set(Integer.toUnsignedLong(tree.uid(node)));
    stat.st_gid.set(Integer.toUnsignedLong(tree.gid(node)));
    stat.st_rdev.set(device(tree.deviceMajor(node), tree.deviceMinor(node)));
    stat.st_size.set(size);
    stat.st_blksize.set(4096);
    stat.st_blocks.set((size >>> 9) + ((size & 511) == 0 ? 0 : 1));
    stat.st_mtim.tv_sec.set(tree.mtimeSeconds(node));
    stat.st_mtim.tv_nsec.set(tree.mtimeNanos(node));
    stat.st_atim.tv_sec.set(tree.mtimeSeconds(node));
    stat.st_atim.tv_nsec.set(tree.mtimeNanos(node));
    stat.st_ctim.tv_sec.set(tree.mtimeSeconds(node));
    stat.st_ctim.tv_nsec.set(tree.mtimeNanos(node));
    return 0;
  }

  @Override
  public int readlink(String path, Pointer buffer, long size) {
    int node = node(path);
    if (node < 0 || tree.kind(node) != NodeKind.SYMLINK || size < 1) {
      return node < 0 ? -Errno.ENOENT : -Errno.EINVAL;
    }
    byte[] target = tree.linkName(node);
    int length = (int) Math.min(target.length, size - 1);
    buffer.put(0, target, 0, length);
    buffer.putByte(length, (byte) 0);
    return 0;
  }

  @Override
  public int open(String path, FuseFileInfo info) {
    int node = node(path);
    if (node < 0) {
      return -Errno.ENOENT;
    }
    return (info.flags.get() & ACCESS_MODE) == 0 ? 0 : -Errno.EROFS;
  }

  @Override
  public int read(String path, Pointer buffer, long size, long offset, FuseFileInfo info) {
    int node = node(path);
    if (node < 0 || tree.kind(node) != NodeKind.REGULAR || offset < 0) {
      return -Errno.EINVAL;
    }
    int length =
        (int)
            Math.max(0, Math.min(Math.min(size, Integer.MAX_VALUE), tree.sizeBytes(node) - offset));
    if (length == 0) {
      return 0;
    }
    if (!reading.tryAcquire()) {
      return -Errno.ENOTCONN;
    }
    Thread self = Thread.currentThread();
    readers.add(self);
    try {
      return closing ? -Errno.ENOTCONN : read(node, offset, length, buffer);
    } catch (InterruptedException e) {
      return -Errno.EINTR;
    } catch (Exception | Error e) {
      LOG.warn("layer {}: cannot read {} bytes at {} of {}", name, length, offset, path, e);
      return -Errno.EIO;
    } finally {
      readers.remove(self);
      reading.release();
    }
  }

  private int read(int node, long offset, int length, Pointer buffer)
      throws IOException, InterruptedException {
    ByteBuffer body = ByteBuffer.allocateDirect(length);
    int count = content.readIfPresent(node, offset, body);
    if (count == LayerContent.ABSENT) {
      count = content.read(node, offset, body.clear());
    }
    if (count != length) {
      throw new IOException("got " + count + " of " + length + " bytes");
    }
    byte[] bytes = new byte[length];
    body.flip().get(bytes);
    buffer.put(0, bytes, 0, length);
    return length;
  }

  @Override
  public int readdir(
      String path, Pointer buffer, FuseFillDir filler, long offset, FuseFileInfo info) {
    int node = node(path);
    if (node < 0 || tree.kind(node) != NodeKind.DIRECTORY) {
      return node < 0 ? -Errno.ENOENT : -Errno.ENOTDIR;
    }
    FileStat stat = new FileStat(Runtime.getSystemRuntime());
    stat.useMemory(Memory.allocateDirect(Runtime.getSystemRuntime(), Struct.size(stat)));
    fill(filler, buffer, new byte[] {'.'}, node, stat);
    fill(filler, buffer, new byte[] {'.', '.'}, tree.parent(node), stat);
    for (int dirent = tree.firstDirent(node); dirent < tree.endDirent(node); dirent++) {
      if (fill(filler, buffer, tree.direntName(dirent), tree.direntNode(dirent), stat) != 0) {
        return -Errno.ENOMEM;
      }
    }
    return 0;
  }

  /// Hands over a name with its inode number and type; overlayfs knows whiteouts in a listing by
  /// their type. With offset 0 libfuse keeps the whole listing itself.
  private int fill(FuseFillDir filler, Pointer buffer, byte[] direntName, int node, FileStat stat) {
    ByteBuffer text =
        ByteBuffer.allocateDirect(direntName.length + 1).put(direntName).put((byte) 0).flip();
    stat.st_ino.set(inodeNumber(node));
    stat.st_mode.set(tree.mode(node));
    return filler.apply(buffer, text, Struct.getMemory(stat), 0);
  }

  private long inodeNumber(int node) {
    return node == tree.root() ? 1 : node + 2L;
  }

  @Override
  public int getxattr(String path, String attribute, Pointer value, long size) {
    if (quickXattrs && !tree.hasXattrs()) {
      return -Errno.ENOSYS;
    }
    int node = node(path);
    byte[] found = node < 0 ? null : tree.xattr(node, attribute.getBytes(StandardCharsets.UTF_8));
    return found == null ? -Errno.ENODATA : sized(found, value, size);
  }

  @Override
  public int listxattr(String path, Pointer list, long size) {
    int node = node(path);
    if (node < 0) {
      return -Errno.ENOENT;
    }
    List<byte[]> names = tree.xattrNames(node);
    byte[] all = new byte[names.stream().mapToInt(attribute -> attribute.length + 1).sum()];
    int at = 0;
    for (byte[] attribute : names) {
      System.arraycopy(attribute, 0, all, at, attribute.length);
      at += attribute.length + 1;
    }
    return sized(all, list, size);
  }

  private static int sized(byte[] bytes, Pointer to, long size) {
    if (size == 0) {
      return bytes.length;
    }
    if (size < bytes.length) {
      return -Errno.ERANGE;
    }
    to.put(0, bytes, 0, bytes.length);
    return bytes.length;
  }

  @Override
  public int statfs(String path, Statvfs stat) {
    stat.f_bsize.set(4096);
    stat.f_frsize.set(4096);
    stat.f_files.set(tree.inodeCount());
    stat.f_namemax.set(255);
    return 0;
  }

  /// The node at an absolute path, or -1. Paths come as text: bytes that are not UTF-8 are lost
  /// before they get here.
  private int node(String path) {
    byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
    int node = tree.root();
    int start = 1;
    while (node >= 0 && start < bytes.length) {
      int end = start;
      while (end < bytes.length && bytes[end] != '/') {
        end++;
      }
      node =
          tree.kind(node) == NodeKind.DIRECTORY ? tree.lookup(node, bytes, start, end - start) : -1;
      start = end + 1;
    }
    return node;
  }

  private static long device(int major, int minor) {
    return ((major & 0xfffL) << 8)
        | (minor & 0xffL)
        | ((minor & 0xffffff00L) << 12)
        | ((major & 0xfffff000L) << 32);
  }

  /// The options libfuse mounts with.
  static String[] options(LayerFilesystem filesystem, boolean allowOther) {
    String common =
        "ro,dev,suid,default_permissions,use_ino,kernel_cache,attr_timeout=86400,entry_timeout=86400,negative_timeout=86400,"
            + "subtype=thaw,fsname=thaw:"
            + filesystem.name().replaceAll("[^A-Za-z0-9:._-]", "_");
    return Arrays.asList("-o", allowOther ? common + ",allow_other" : common)
        .toArray(String[]::new);
  }
}
