package io.thaw.ztoc.tree;

import io.thaw.ztoc.EntryType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/// Applies entries in tar order, by the rules of containerd's `archive.Apply` with its overlay
/// whiteout conversion.
///
/// While building, an inode has the number of the entry or implicit directory that first made it;
/// {@link TreeLayout} gives the final numbers. What containerd refuses (a link to nothing, a parent
/// that is a file, a whiteout over a file of the same layer, names Linux cannot hold) is refused
/// here, and what it ignores (an entry for the root directory) is ignored. Known differences, all
/// deliberate: AUFS metadata (`.wh..wh.*`) is left out; parents that no entry names are 0755
/// root:root, where containerd copies those of lower layers, because a layer is shared by images
/// with different ones below.
final class TreeBuilder {

  /// Linux's limits on a name, a path, and (Go's) on links followed for one path.
  private static final int MAX_NAME = 255;

  private static final int MAX_PATH = 4096;
  private static final int MAX_LINKS = 255;

  private static final byte[] WHITEOUT = ".wh.".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] META = ".wh..wh.".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] OPAQUE = ".wh..wh..opq".getBytes(StandardCharsets.US_ASCII);

  private final LayerEntries entries;
  private final DirentTable dirents;
  private final int root;
  private byte[] kinds;
  private int nextImplicit;
  private final BitSet whiteouts = new BitSet();
  private final BitSet opaque = new BitSet();
  private final Map<Integer, Integer> attributes = new HashMap<>();
  private final Map<Integer, int[]> xattrEntries = new HashMap<>();

  TreeBuilder(LayerEntries entries) {
    this.entries = entries;
    this.dirents = new DirentTable(entries.count() + 16);
    this.kinds = new byte[entries.count() + 16];
    this.root = entries.count();
    this.nextImplicit = root + 1;
    Arrays.fill(kinds, TreeArrays.NO_NODE);
    kinds[root] = (byte) NodeKind.DIRECTORY.direntType();
  }

  TreeArrays build() throws MalformedLayerException {
    for (int entry = 0; entry < entries.count(); entry++) {
      apply(entry);
    }
    return new TreeLayout(entries, this).arrays();
  }

  DirentTable dirents() {
    return dirents;
  }

  int root() {
    return root;
  }

  int limit() {
    return nextImplicit;
  }

  NodeKind kind(int inode) {
    return NodeKind.ofDirentType(kinds[inode]);
  }

  boolean isWhiteout(int inode) {
    return whiteouts.get(inode);
  }

  boolean isOpaque(int inode) {
    return opaque.get(inode);
  }

  /// Inode to the later entry that set its attributes.
  Map<Integer, Integer> attributes() {
    return attributes;
  }

  /// Inode to the entries that gave it extended attributes, last first, for inodes of more than one
  /// entry.
  Map<Integer, int[]> xattrEntries() {
    return xattrEntries;
  }

  private void apply(int entry) throws MalformedLayerException {
    PathParts path = PathParts.of(entries.name(entry));
    if (path.isRoot()) {
      // The root is the snapshotter's, whatever the layer says of it.
      return;
    }
    if (isMetadata(path)) {
      return;
    }
    checkNames(entry, path);
    int directory = parentOf(entry, path.parent());
    byte[] base = path.base();
    if (Arrays.equals(base, OPAQUE)) {
      opaque.set(directory);
    } else if (startsWith(base, WHITEOUT)) {
      whiteout(entry, directory, Arrays.copyOfRange(base, WHITEOUT.length, base.length));
    } else {
      place(entry, directory, base);
    }
  }

  private void whiteout(int entry, int directory, byte[] name) throws MalformedLayerException {
    if (PathParts.of(name).isRoot()) {
      throw refused(entry, "is a whiteout of no name");
    }
    if (dirents.find(directory, name) != DirentTable.NONE) {
      throw refused(entry, "removes a name that the same layer has already");
    }
    kinds[entry] = (byte) NodeKind.CHARACTER_DEVICE.direntType();
    whiteouts.set(entry);
    dirents.add(entry, directory, name, entry);
  }

  private void place(int entry, int directory, byte[] name) throws MalformedLayerException {
    EntryType type = entries.type(entry);
    int existing = dirents.find(directory, name);
    if (existing != DirentTable.NONE && type == EntryType.DIR) {
      int inode = dirents.inode(existing);
      if (kind(inode) == NodeKind.DIRECTORY) {
        setAttributes(inode, entry);
        return;
      }
    }
    if (type == EntryType.HARDLINK) {
      link(entry, directory, name, existing);
      return;
    }
    if (existing != DirentTable.NONE) {
      remove(existing);
    }
    checkInode(entry, type);
    kinds[entry] = (byte) nodeKind(type).direntType();
    dirents.add(entry, directory, name, entry);
  }

  /// A hard link's header holds the attributes of the inode as it was when the link was archived:
  /// they are applied, as the last word so far.
  private void link(int entry, int directory, byte[] name, int existing)
      throws MalformedLayerException {
    PathParts target = PathParts.of(entries.linkName(entry));
    int dirent = find(entry, target);
    if (dirent == DirentTable.NONE) {
      throw refused(
          entry,
          "is a hard link to '"
              + text(target.bytes())
              + "', which the layer does not have before it");
    }
    int inode = dirents.inode(dirent);
    if (kind(inode) == NodeKind.DIRECTORY) {
      throw refused(entry, "is a hard link to the directory '" + text(target.bytes()) + "'");
    }
    if (existing != DirentTable.NONE && dirents.inode(existing) != inode) {
      remove(existing);
      existing = DirentTable.NONE;
      // The target may have been inside what was just replaced.
      if (dirents.inode(dirent) == DirentTable.NONE) {
        throw refused(entry, "is a hard link into the directory it replaces");
      }
    }
    setAttributes(inode, entry);
    if (existing == DirentTable.NONE) {
      dirents.add(entry, directory, name, inode);
    }
  }

  private void setAttributes(int inode, int entry) {
    int[] before = xattrEntries.get(inode);
    if (before == null) {
      boolean own = inode < entries.count() && !whiteouts.get(inode) && entries.hasXattrs(inode);
      before = own ? new int[] {inode} : new int[0];
    }
    int added = entries.hasXattrs(entry) ? 1 : 0;
    int[] all = new int[before.length + added];
    System.arraycopy(before, 0, all, added, before.length);
    if (added == 1) {
      all[0] = entry;
    }
    if (all.length > 0) {
      xattrEntries.put(inode, all);
    }
    attributes.put(inode, entry);
  }

  private void remove(int dirent) {
    Deque<Integer> doomed = new ArrayDeque<>();
    doomed.push(dirent);
    while (!doomed.isEmpty()) {
      int next = doomed.pop();
      int inode = dirents.inode(next);
      dirents.remove(next);
      if (kind(inode) == NodeKind.DIRECTORY) {
        for (int child = dirents.firstChild(inode);
            child != DirentTable.NONE;
            child = dirents.sibling(child)) {
          if (dirents.inode(child) != DirentTable.NONE) {
            doomed.push(child);
          }
        }
      }
    }
  }

  /// The directory `path` leads to, symbolic links inside the layer followed, missing directories
  /// made.
  private int parentOf(int entry, PathParts path) throws MalformedLayerException {
    return walk(entry, path, true);
  }

  /// The dirent at `path`, links followed in all but its last component.
  private int find(int entry, PathParts path) throws MalformedLayerException {
    if (path.isRoot()) {
      throw refused(entry, "is a hard link to the root directory");
    }
    int directory = walk(entry, path.parent(), false);
    return directory == DirentTable.NONE ? DirentTable.NONE : dirents.find(directory, path.base());
  }

  private int walk(int entry, PathParts start, boolean create) throws MalformedLayerException {
    PathParts path = start;
    int links = 0;
    int directory = root;
    for (int i = 0; i < path.count(); i++) {
      int dirent = dirents.find(directory, path.part(i));
      if (dirent == DirentTable.NONE) {
        return create ? makeDirectories(entry, directory, path, i) : DirentTable.NONE;
      }
      int inode = dirents.inode(dirent);
      switch (kind(inode)) {
        case DIRECTORY -> directory = inode;
        case SYMLINK -> {
          if (++links > MAX_LINKS) {
            throw refused(
                entry, "has a parent reached by more than " + MAX_LINKS + " symbolic links");
          }
          path = path.follow(i, entries.linkName(inode));
          directory = root;
          i = -1;
        }
        case REGULAR, CHARACTER_DEVICE, BLOCK_DEVICE, FIFO ->
            throw refused(
                entry,
                "needs '"
                    + text(path.part(i))
                    + "' as a directory, which the layer has as another kind of file");
      }
    }
    return directory;
  }

  private int makeDirectories(int entry, int parent, PathParts path, int from)
      throws MalformedLayerException {
    checkNames(entry, path);
    int directory = parent;
    for (int i = from; i < path.count(); i++) {
      int made = nextImplicit++;
      if (made >= kinds.length) {
        int old = kinds.length;
        kinds = Arrays.copyOf(kinds, old + (old >> 1));
        Arrays.fill(kinds, old, kinds.length, TreeArrays.NO_NODE);
      }
      kinds[made] = (byte) NodeKind.DIRECTORY.direntType();
      dirents.add(made, directory, path.part(i), made);
      directory = made;
    }
    return directory;
  }

  private void checkNames(int entry, PathParts path) throws MalformedLayerException {
    if (path.length() > MAX_PATH) {
      throw refused(entry, "has a path of " + path.length() + " bytes, more than " + MAX_PATH);
    }
    for (byte[] part : path.parts()) {
      if (part.length > MAX_NAME) {
        throw refused(entry, "has a name of " + part.length + " bytes, more than " + MAX_NAME);
      }
      if (containsZero(part)) {
        throw refused(entry, "has a name with a zero byte");
      }
    }
  }

  private void checkInode(int entry, EntryType type) throws MalformedLayerException {
    if (type == EntryType.SYMLINK) {
      byte[] target = entries.linkName(entry);
      if (target.length == 0 || target.length >= MAX_PATH || containsZero(target)) {
        throw refused(
            entry,
            "is a symbolic link with a target of " + target.length + " bytes or a zero byte in it");
      }
    }
    if (type == EntryType.REG) {
      long offset = entries.dataOffset(entry);
      long size = entries.sizeBytes(entry);
      if (offset < 0 || size < 0 || offset > Long.MAX_VALUE - size) {
        throw refused(entry, "has data of " + size + " bytes at offset " + offset);
      }
    }
  }

  private MalformedLayerException refused(int entry, String reason) {
    return new MalformedLayerException(entry, entries.name(entry), reason);
  }

  private static boolean isMetadata(PathParts path) {
    for (int i = 0; i < path.count(); i++) {
      boolean last = i == path.count() - 1;
      if (startsWith(path.part(i), META) && !(last && Arrays.equals(path.part(i), OPAQUE))) {
        return true;
      }
    }
    return false;
  }

  private static NodeKind nodeKind(EntryType type) {
    return switch (type) {
      case DIR -> NodeKind.DIRECTORY;
      case REG -> NodeKind.REGULAR;
      case SYMLINK -> NodeKind.SYMLINK;
      case CHAR -> NodeKind.CHARACTER_DEVICE;
      case BLOCK -> NodeKind.BLOCK_DEVICE;
      case FIFO -> NodeKind.FIFO;
      case HARDLINK -> throw new IllegalArgumentException("a hard link makes no inode");
    };
  }

  private static boolean containsZero(byte[] bytes) {
    for (byte b : bytes) {
      if (b == 0) {
        return true;
      }
    }
    return false;
  }

  private static boolean startsWith(byte[] name, byte[] prefix) {
    return name.length >= prefix.length
        && Arrays.equals(name, 0, prefix.length, prefix, 0, prefix.length);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
