package io.thaw.ztoc.tree;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The arrays behind a {@link LayerTree}.
///
/// @param root node of the root directory
/// @param inodeCount nodes that are inodes
/// @param kinds per node the {@link NodeKind#direntType} of its kind, or {@link #NO_NODE}
/// @param whiteouts nodes made by whiteout entries
/// @param opaque directories made opaque
/// @param attributeEntries entries whose header gave an inode its final attributes, where that
///     is not the node's own
/// @param xattrEntries entries that gave a node extended attributes, last first, where that is
///     not the node's own alone
/// @param anyXattr whether any node has an extended attribute
/// @param linkCounts per node `st_nlink`
/// @param childStarts per directory its first dirent
/// @param childEnds per directory the dirent after its last
/// @param nodeDirents per node its first name, -1 for the root
/// @param direntNodes per dirent the inode
/// @param direntParents per dirent the directory it is in
/// @param nameStarts per dirent where its name starts in `names`; one more than there are
///     dirents
/// @param names all names, in dirent order
/// @param files regular inodes with data, by data offset
@SuppressWarnings("ArrayRecordComponent") // never compared, never leaves the package
record TreeArrays(
    int root,
    int inodeCount,
    byte[] kinds,
    BitSet whiteouts,
    BitSet opaque,
    Map<Integer, Integer> attributeEntries,
    Map<Integer, int[]> xattrEntries,
    boolean anyXattr,
    int[] linkCounts,
    int[] childStarts,
    int[] childEnds,
    int[] nodeDirents,
    int[] direntNodes,
    int[] direntParents,
    int[] nameStarts,
    byte[] names,
    int[] files) {

  static final byte NO_NODE = -1;

  private static final int[] NONE = {};
  private static final byte[] USER = "user.".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] CAPABILITY =
      "security.capability".getBytes(StandardCharsets.US_ASCII);

  boolean isWhiteout(int node) {
    return whiteouts.get(node);
  }

  /// The entry whose header holds the node's attributes, or -1 if none does.
  int attributeEntry(int node, int entryCount) {
    if (!attributeEntries.isEmpty()) {
      Integer entry = attributeEntries.get(node);
      if (entry != null) {
        return entry;
      }
    }
    return node < entryCount ? node : -1;
  }

  int[] xattrEntries(int node, LayerEntries entries) {
    int[] known = xattrEntries.get(node);
    if (known != null) {
      return known;
    }
    return node < entries.count() && !isWhiteout(node) && entries.hasXattrs(node)
        ? new int[] {node}
        : NONE;
  }

  /// The last setting of an attribute wins. Changing a file's owner drops its capabilities, so
  /// those of a hard-linked file are the last entry's only.
  byte @Nullable [] xattr(int node, byte[] name, LayerEntries entries) {
    int last = attributeEntry(node, entries.count());
    NodeKind kind = NodeKind.ofDirentType(kinds[node]);
    if (kind != NodeKind.REGULAR && kind != NodeKind.DIRECTORY && isUser(name)) {
      return null;
    }
    boolean lastOnly = kind != NodeKind.DIRECTORY && Arrays.equals(name, CAPABILITY);
    for (int entry : xattrEntries(node, entries)) {
      if (!lastOnly || entry == last) {
        byte[] value = entries.xattr(entry, name);
        if (value != null) {
          return value;
        }
      }
    }
    return null;
  }

  /// Linux keeps `user.*` attributes for files and directories only; an unpack drops the rest.
  private static boolean isUser(byte[] name) {
    return name.length >= USER.length && Arrays.equals(name, 0, USER.length, USER, 0, USER.length);
  }

  int compareName(int dirent, byte[] name, int offset, int length) {
    return Arrays.compareUnsigned(
        names, nameStarts[dirent], nameStarts[dirent + 1], name, offset, offset + length);
  }
}
