package io.thaw.ztoc.tree;

import io.thaw.ztoc.Toc;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One layer as a directory tree: what containerd's overlayfs unpack of the layer would leave on
/// disk, answered from flat arrays.
///
/// Two kinds of number:
/// - A **node** is an inode. TOC entry `i` is node `i`; directories no entry names follow from
///   `entryCount()` on, in the order in which entries first need them. Entries that left no inode
///   of their own (replaced ones, hard links, directories named again later) are not nodes: {@link
///   #isNode} says which are. A directory named more than once is the node of its last entry.
///   Numbers depend on the layer alone, so they survive a restart.
/// - A **dirent** is a name in a directory. Dirents are `0 .. direntCount() - 1`, every
///   directory's are contiguous and sorted by name bytes, and a directory's own dirent comes before
///   those inside it: walking them in order meets parents before children, and a dirent is a cookie
///   to resume from.
///
/// Immutable, safe for any number of threads; lookups allocate nothing. Numbers out of range give
/// an unchecked exception, never a wrong answer.
public final class LayerTree {

  private static final byte[] OPAQUE_NAME =
      "trusted.overlay.opaque".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] OPAQUE_VALUE = {'y'};

  private final LayerEntries entries;
  private final TreeArrays arrays;

  LayerTree(LayerEntries entries, TreeArrays arrays) {
    this.entries = entries;
    this.arrays = arrays;
  }

  /// Builds the tree of a layer.
  ///
  /// @throws MalformedLayerException if unpacking these entries would fail: a hard link to
  ///     nothing, a file where a parent directory must be
  public static LayerTree of(Toc toc) throws MalformedLayerException {
    LayerEntries entries = new LayerEntries(toc);
    return new LayerTree(entries, new TreeBuilder(entries).build());
  }

  /// The number of TOC entries; nodes from here on are directories that no entry names.
  public int entryCount() {
    return entries.count();
  }

  /// The upper bound of node numbers.
  public int nodeLimit() {
    return arrays.kinds().length;
  }

  /// The number of inodes, the root included.
  public int inodeCount() {
    return arrays.inodeCount();
  }

  /// The root directory's node.
  public int root() {
    return arrays.root();
  }

  /// Whether `node` is an inode of the tree; any number may be asked.
  public boolean isNode(int node) {
    return node >= 0 && node < arrays.kinds().length && arrays.kinds()[node] != TreeArrays.NO_NODE;
  }

  /// What the node is.
  public NodeKind kind(int node) {
    return NodeKind.ofDirentType(checked(node));
  }

  /// Whether the node was made by a whiteout entry, to hide what lower layers have under its name:
  /// a character device 0:0.
  public boolean isWhiteout(int node) {
    return arrays.isWhiteout(node);
  }

  /// Whether the node is a directory that hides what lower layers have in it.
  public boolean isOpaque(int node) {
    return arrays.opaque().get(node);
  }

  /// Whether the node is a directory that no entry names, though entries lie in it; never the root.
  public boolean isImplicit(int node) {
    return node != root() && attributes(node) < 0;
  }

  /// `st_mode`: type and permission bits.
  public int mode(int node) {
    int entry = attributes(node);
    NodeKind kind = kind(node);
    if (isWhiteout(node) && entry == node) {
      return kind.typeBits(); // made with no permissions; a hard link to it may give it some
    }
    if (entry < 0) {
      return kind.typeBits() | 0755;
    }
    return kind.typeBits()
        | (kind == NodeKind.SYMLINK ? 0777 : (int) entries.toc().mode(entry) & 07777);
  }

  /// Owner, an unsigned 32-bit number.
  public int uid(int node) {
    int entry = attributes(node);
    return entry < 0 ? 0 : entries.toc().uid(entry);
  }

  /// Group, an unsigned 32-bit number.
  public int gid(int node) {
    int entry = attributes(node);
    return entry < 0 ? 0 : entries.toc().gid(entry);
  }

  /// Modification time, seconds since the epoch; 0 for directories that no entry names and for
  /// times a file system cannot hold.
  public long mtimeSeconds(int node) {
    int entry = attributes(node);
    return entry < 0 || !timeFits(entry) ? 0 : entries.toc().mtimeSeconds(entry);
  }

  /// Modification time, nanoseconds past the second.
  public int mtimeNanos(int node) {
    int entry = attributes(node);
    return entry < 0 || !timeFits(entry) ? 0 : entries.toc().mtimeNanos(entry);
  }

  /// Major device number; 0 for all but devices.
  public int deviceMajor(int node) {
    return isDevice(node) ? (int) entries.toc().deviceMajor(node) : 0;
  }

  /// Minor device number; 0 for all but devices.
  public int deviceMinor(int node) {
    return isDevice(node) ? (int) entries.toc().deviceMinor(node) : 0;
  }

  /// `st_size`: data bytes of a regular file, target length of a symbolic link, 0 for all else.
  public long sizeBytes(int node) {
    return switch (kind(node)) {
      case REGULAR -> entries.sizeBytes(node);
      case SYMLINK -> entries.toc().linkNameLength(node);
      case DIRECTORY, CHARACTER_DEVICE, BLOCK_DEVICE, FIFO -> 0;
    };
  }

  /// Uncompressed offset of a regular file's data.
  public long dataOffset(int node) {
    if (kind(node) != NodeKind.REGULAR) {
      throw new IllegalArgumentException(
          "node " + node + " is a " + kind(node) + " and has no data");
    }
    return entries.dataOffset(node);
  }

  /// Names of an inode; for a directory 2 plus its subdirectories.
  public int linkCount(int node) {
    checked(node);
    return arrays.linkCounts()[node];
  }

  /// Target of a symbolic link.
  public byte[] linkName(int node) {
    if (kind(node) != NodeKind.SYMLINK) {
      throw new IllegalArgumentException(
          "node " + node + " is a " + kind(node) + ", not a symbolic link");
    }
    return entries.linkName(node);
  }

  /// Whether any inode has an extended attribute, opaque directories included.
  public boolean hasXattrs() {
    return arrays.anyXattr();
  }

  /// Names of the node's extended attributes, in a stable order.
  public List<byte[]> xattrNames(int node) {
    checked(node);
    List<byte[]> names = new ArrayList<>();
    if (isOpaque(node)) {
      names.add(OPAQUE_NAME);
    }
    for (int entry : arrays.xattrEntries(node, entries)) {
      for (LayerEntries.Xattr attribute : entries.xattrs(entry)) {
        byte[] name = attribute.name;
        if (names.stream().noneMatch(known -> Arrays.equals(known, name))
            && xattr(node, name) != null) {
          names.add(name);
        }
      }
    }
    return names;
  }

  /// Value of one of the node's extended attributes, or null.
  public byte @Nullable [] xattr(int node, byte[] name) {
    checked(node);
    if (isOpaque(node) && Arrays.equals(name, OPAQUE_NAME)) {
      return OPAQUE_VALUE;
    }
    return arrays.xattr(node, name, entries);
  }

  /// The node called `name` in directory `directory`, or -1. "." and ".." are not names.
  public int lookup(int directory, byte[] name, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, name.length);
    int low = firstDirent(directory);
    int high = endDirent(directory) - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = arrays.compareName(middle, name, offset, length);
      if (order == 0) {
        return arrays.direntNodes()[middle];
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }

  /// The number of names in the whole tree; the root has none.
  public int direntCount() {
    return arrays.direntNodes().length;
  }

  /// The first dirent of a directory; equal to {@link #endDirent} if it is empty.
  public int firstDirent(int directory) {
    return arrays.childStarts()[directory(directory)];
  }

  /// The dirent after a directory's last.
  public int endDirent(int directory) {
    return arrays.childEnds()[directory(directory)];
  }

  /// The inode a dirent names; several dirents of one inode are hard links.
  public int direntNode(int dirent) {
    return arrays.direntNodes()[dirent];
  }

  /// The directory a dirent is in.
  public int direntParent(int dirent) {
    return arrays.direntParents()[dirent];
  }

  /// A dirent's name.
  public byte[] direntName(int dirent) {
    return Arrays.copyOfRange(
        arrays.names(), arrays.nameStarts()[dirent], arrays.nameStarts()[dirent + 1]);
  }

  /// The length of a dirent's name.
  public int direntNameLength(int dirent) {
    return arrays.nameStarts()[dirent + 1] - arrays.nameStarts()[dirent];
  }

  /// Copies a dirent's name into `dst` from `offset` on and returns its length.
  public int copyDirentName(int dirent, byte[] dst, int offset) {
    int length = direntNameLength(dirent);
    System.arraycopy(arrays.names(), arrays.nameStarts()[dirent], dst, offset, length);
    return length;
  }

  /// The first name of an inode: the dirent with which the writer of a tree creates it; -1 for the
  /// root.
  public int nameOf(int node) {
    checked(node);
    return arrays.nodeDirents()[node];
  }

  /// The directory that holds the node's first name; the root's is the root.
  public int parent(int node) {
    int dirent = nameOf(node);
    return dirent < 0 ? node : direntParent(dirent);
  }

  /// The node's path from the root, without a leading slash; empty for the root. A hard-linked
  /// inode has the path of its first name.
  public byte[] path(int node) {
    int length = 0;
    for (int at = node; nameOf(at) >= 0; at = parent(at)) {
      length += direntNameLength(nameOf(at)) + 1;
    }
    byte[] path = new byte[Math.max(0, length - 1)];
    int end = path.length;
    for (int at = node; nameOf(at) >= 0; at = parent(at)) {
      end -= direntNameLength(nameOf(at));
      copyDirentName(nameOf(at), path, end);
      if (end > 0) {
        path[--end] = '/';
      }
    }
    return path;
  }

  /// The number of files with data: regular inodes of at least one byte.
  public int fileCount() {
    return arrays.files().length;
  }

  /// The node of file `index`; files are ordered by the uncompressed offset of their data and do
  /// not overlap.
  public int file(int index) {
    return arrays.files()[index];
  }

  /// Index of the first file whose data ends after `uncompressedOffset`: the first that a range
  /// starting there can touch; `fileCount()` if none does. A range `[start, end)` touches files
  /// from here while `dataOffset(file(index)) < end`.
  public int firstFileAt(long uncompressedOffset) {
    int low = 0;
    int high = fileCount();
    while (low < high) {
      int middle = (low + high) >>> 1;
      int node = file(middle);
      if (entries.dataOffset(node) + entries.sizeBytes(node) > uncompressedOffset) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private int attributes(int node) {
    checked(node);
    return arrays.attributeEntry(node, entries.count());
  }

  private boolean timeFits(int entry) {
    return entries.toc().mtimeSeconds(entry) >= 0
        && entries.toc().mtimeSeconds(entry) < Long.MAX_VALUE / 1_000_000_000L;
  }

  private boolean isDevice(int node) {
    NodeKind kind = kind(node);
    return (kind == NodeKind.CHARACTER_DEVICE || kind == NodeKind.BLOCK_DEVICE)
        && !isWhiteout(node);
  }

  private byte checked(int node) {
    byte kind = arrays.kinds()[node];
    if (kind == TreeArrays.NO_NODE) {
      throw new IllegalArgumentException("entry " + node + " left no inode of its own");
    }
    return kind;
  }

  private int directory(int node) {
    if (kind(node) != NodeKind.DIRECTORY) {
      throw new IllegalArgumentException(
          "node " + node + " is a " + kind(node) + ", not a directory");
    }
    return node;
  }
}
