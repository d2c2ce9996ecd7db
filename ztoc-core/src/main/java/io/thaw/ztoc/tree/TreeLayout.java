package io.thaw.ztoc.tree;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/// Gives inodes their final numbers and lays the tree out breadth first.
final class TreeLayout {

  private final LayerEntries entries;
  private final TreeBuilder built;
  private final DirentTable table;
  private final int[] numbers;
  private final byte[] kinds;
  private final BitSet whiteouts = new BitSet();
  private final BitSet opaque = new BitSet();
  private final int[] linkCounts;
  private final int[] childStarts;
  private final int[] childEnds;
  private final int[] nodeDirents;
  private final int[] direntNodes;
  private final int[] direntParents;
  private final int[] nameStarts;
  private final byte[] names;

  TreeLayout(LayerEntries entries, TreeBuilder built) {
    this.entries = entries;
    this.built = built;
    this.table = built.dirents();
    table.ensureCapacity(built.limit());
    int living = 0;
    long nameBytes = 0;
    for (int dirent = 0; dirent < built.limit(); dirent++) {
      if (table.inode(dirent) != DirentTable.NONE) {
        living++;
        nameBytes += table.nameLength(dirent);
      }
    }
    numbers = new int[built.limit()];
    int nodeLimit = number();
    kinds = new byte[nodeLimit];
    linkCounts = new int[nodeLimit];
    childStarts = new int[nodeLimit];
    childEnds = new int[nodeLimit];
    nodeDirents = new int[nodeLimit];
    direntNodes = new int[living];
    direntParents = new int[living];
    nameStarts = new int[living + 1];
    names = new byte[Math.toIntExact(nameBytes)];
    Arrays.fill(kinds, TreeArrays.NO_NODE);
    Arrays.fill(nodeDirents, -1);
  }

  TreeArrays arrays() throws MalformedLayerException {
    flatten();
    int inodes = 0;
    for (byte kind : kinds) {
      inodes += kind == TreeArrays.NO_NODE ? 0 : 1;
    }
    Map<Integer, int[]> xattrEntries = xattrEntries();
    return new TreeArrays(
        numbers[built.root()],
        inodes,
        kinds,
        whiteouts,
        opaque,
        attributeEntries(),
        xattrEntries,
        anyXattr(xattrEntries),
        linkCounts,
        childStarts,
        childEnds,
        nodeDirents,
        direntNodes,
        direntParents,
        nameStarts,
        names,
        files());
  }

  /// A directory is the last entry that names it; those no entry names follow the entries, in the
  /// order they were needed. All else keeps its number.
  private int number() {
    int next = entries.count();
    for (int inode = 0; inode < numbers.length; inode++) {
      numbers[inode] = inode;
      Integer last = isDirectory(inode) ? built.attributes().get(inode) : null;
      if (last != null) {
        numbers[inode] = last;
      } else if (inode >= entries.count()) {
        numbers[inode] = isAlive(inode) ? next++ : TreeArrays.NO_NODE;
      }
    }
    return next;
  }

  private boolean isAlive(int implicit) {
    return implicit == built.root() || table.inode(implicit) != DirentTable.NONE;
  }

  private boolean isDirectory(int inode) {
    return inode == built.root()
        || (table.inode(inode) == inode && built.kind(inode) == NodeKind.DIRECTORY);
  }

  private void flatten() {
    int[] queue = new int[direntNodes.length + 1];
    int head = 0;
    int tail = 0;
    queue[tail++] = built.root();
    enter(built.root(), -1);
    int at = 0;
    int nameEnd = 0;
    while (head < tail) {
      int directory = queue[head++];
      int node = numbers[directory];
      childStarts[node] = at;
      for (int dirent : sortedChildren(directory)) {
        int inode = table.inode(dirent);
        direntNodes[at] = numbers[inode];
        direntParents[at] = node;
        nameStarts[at] = nameEnd;
        nameEnd += table.copyName(dirent, names, nameEnd);
        enter(inode, at++);
        if (built.kind(inode) == NodeKind.DIRECTORY) {
          queue[tail++] = inode;
          linkCounts[node]++;
        }
      }
      childEnds[node] = at;
    }
    nameStarts[at] = nameEnd;
  }

  private void enter(int inode, int dirent) {
    int node = numbers[inode];
    NodeKind kind = built.kind(inode);
    if (kinds[node] == TreeArrays.NO_NODE) {
      kinds[node] = (byte) kind.direntType();
      nodeDirents[node] = dirent;
      whiteouts.set(node, built.isWhiteout(inode));
      opaque.set(node, built.isOpaque(inode));
    }
    linkCounts[node] = (kind == NodeKind.DIRECTORY) ? 2 : (linkCounts[node] + 1);
  }

  private int[] sortedChildren(int directory) {
    int count = 0;
    for (int child = table.firstChild(directory);
        child != DirentTable.NONE;
        child = table.sibling(child)) {
      count += table.inode(child) == DirentTable.NONE ? 0 : 1;
    }
    Integer[] children = new Integer[count];
    for (int child = table.firstChild(directory);
        child != DirentTable.NONE;
        child = table.sibling(child)) {
      if (table.inode(child) != DirentTable.NONE) {
        children[--count] = child;
      }
    }
    Arrays.sort(children, table::compareNames);
    return Arrays.stream(children).mapToInt(Integer::intValue).toArray();
  }

  private Map<Integer, Integer> attributeEntries() {
    Map<Integer, Integer> result = new HashMap<>();
    built
        .attributes()
        .forEach(
            (inode, entry) -> {
              if (numbers[inode] != entry && isNode(numbers[inode])) {
                result.put(numbers[inode], entry);
              }
            });
    return result;
  }

  private boolean isNode(int number) {
    return number >= 0 && kinds[number] != TreeArrays.NO_NODE;
  }

  private Map<Integer, int[]> xattrEntries() {
    Map<Integer, int[]> result = new HashMap<>();
    built
        .xattrEntries()
        .forEach(
            (inode, contributors) -> {
              if (isNode(numbers[inode])) {
                result.put(numbers[inode], contributors);
              }
            });
    return result;
  }

  private boolean anyXattr(Map<Integer, int[]> xattrEntries) {
    if (!opaque.isEmpty() || !xattrEntries.isEmpty()) {
      return true;
    }
    for (int node = 0; node < entries.count(); node++) {
      if (kinds[node] != TreeArrays.NO_NODE && !whiteouts.get(node) && entries.hasXattrs(node)) {
        return true;
      }
    }
    return false;
  }

  private int[] files() throws MalformedLayerException {
    int[] files = new int[entries.count()];
    int count = 0;
    long end = 0;
    for (int node = 0; node < entries.count(); node++) {
      if (kinds[node] == NodeKind.REGULAR.direntType() && entries.sizeBytes(node) > 0) {
        long offset = entries.dataOffset(node);
        if (offset < end) {
          throw new MalformedLayerException(
              node,
              entries.name(node),
              "has its data at offset "
                  + offset
                  + ", inside that of an earlier entry, which ends at "
                  + end);
        }
        end = offset + entries.sizeBytes(node);
        files[count++] = node;
      }
    }
    return Arrays.copyOf(files, count);
  }
}
