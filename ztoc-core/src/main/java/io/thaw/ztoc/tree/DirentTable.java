package io.thaw.ztoc.tree;

import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/// The names of a tree while it is built: a hash table over (directory, name) and each directory's
/// list of names.
///
/// A dirent has the number of the entry (or implicit directory) that made it. Removed dirents stay
/// in table and list, marked; they are skipped.
final class DirentTable {

  static final int NONE = -1;

  private final int seed = ThreadLocalRandom.current().nextInt();
  private int[] parents;
  private int[] inodes;
  private int[] firstChildren;
  private int[] siblings;
  private int[] nameStarts;
  private int[] nameLengths;
  private byte[] pool = new byte[4096];
  private int poolEnd;
  private int[] slots = new int[1024];
  private int used;

  DirentTable(int capacity) {
    parents = new int[capacity];
    inodes = new int[capacity];
    firstChildren = new int[capacity];
    siblings = new int[capacity];
    nameStarts = new int[capacity];
    nameLengths = new int[capacity];
    Arrays.fill(firstChildren, NONE);
    Arrays.fill(inodes, NONE);
    Arrays.fill(slots, NONE);
  }

  /// The living dirent called `name` in `directory`, or {@link #NONE}.
  int find(int directory, byte[] name) {
    int mask = slots.length - 1;
    for (int slot = hash(directory, name, 0, name.length) & mask; ; slot = (slot + 1) & mask) {
      int dirent = slots[slot];
      if (dirent == NONE) {
        return NONE;
      }
      if (parents[dirent] == directory && inodes[dirent] != NONE && nameIs(dirent, name)) {
        return dirent;
      }
    }
  }

  /// Adds dirent number `dirent`, which names `inode`; no living dirent may have the name.
  void add(int dirent, int directory, byte[] name, int inode) {
    ensureCapacity(dirent + 1);
    parents[dirent] = directory;
    inodes[dirent] = inode;
    nameStarts[dirent] = store(name);
    nameLengths[dirent] = name.length;
    siblings[dirent] = firstChildren[directory];
    firstChildren[directory] = dirent;
    if (++used * 2 > slots.length) {
      grow();
    }
    insert(dirent);
  }

  void remove(int dirent) {
    inodes[dirent] = NONE;
  }

  /// The inode a dirent names, or {@link #NONE} if it was removed.
  int inode(int dirent) {
    return inodes[dirent];
  }

  /// The first of a directory's dirents, removed ones included.
  int firstChild(int directory) {
    return firstChildren[directory];
  }

  int sibling(int dirent) {
    return siblings[dirent];
  }

  int nameLength(int dirent) {
    return nameLengths[dirent];
  }

  int copyName(int dirent, byte[] dst, int offset) {
    System.arraycopy(pool, nameStarts[dirent], dst, offset, nameLengths[dirent]);
    return nameLengths[dirent];
  }

  int compareNames(int left, int right) {
    return Arrays.compareUnsigned(
        pool,
        nameStarts[left],
        nameStarts[left] + nameLengths[left],
        pool,
        nameStarts[right],
        nameStarts[right] + nameLengths[right]);
  }

  void ensureCapacity(int capacity) {
    if (capacity <= parents.length) {
      return;
    }
    int old = parents.length;
    int grown = Math.max(capacity, old + (old >> 1) + 16);
    parents = Arrays.copyOf(parents, grown);
    inodes = Arrays.copyOf(inodes, grown);
    firstChildren = Arrays.copyOf(firstChildren, grown);
    siblings = Arrays.copyOf(siblings, grown);
    nameStarts = Arrays.copyOf(nameStarts, grown);
    nameLengths = Arrays.copyOf(nameLengths, grown);
    Arrays.fill(firstChildren, old, grown, NONE);
    Arrays.fill(inodes, old, grown, NONE);
  }

  private boolean nameIs(int dirent, byte[] name) {
    int start = nameStarts[dirent];
    return nameLengths[dirent] == name.length
        && Arrays.equals(pool, start, start + name.length, name, 0, name.length);
  }

  private int store(byte[] name) {
    if (pool.length - poolEnd < name.length) {
      int wanted = Math.addExact(poolEnd, name.length);
      pool =
          Arrays.copyOf(
              pool, (int) Math.min(Integer.MAX_VALUE - 8L, Math.max(wanted, poolEnd * 2L)));
    }
    System.arraycopy(name, 0, pool, poolEnd, name.length);
    poolEnd += name.length;
    return poolEnd - name.length;
  }

  private void grow() {
    int[] old = slots;
    slots = new int[old.length * 2];
    Arrays.fill(slots, NONE);
    for (int dirent : old) {
      if (dirent != NONE) {
        insert(dirent);
      }
    }
  }

  private void insert(int dirent) {
    int mask = slots.length - 1;
    int slot = hash(parents[dirent], pool, nameStarts[dirent], nameLengths[dirent]) & mask;
    while (slots[slot] != NONE) {
      slot = (slot + 1) & mask;
    }
    slots[slot] = dirent;
  }

  /// Seeded, so that no image can prepare names that all collide.
  private int hash(int directory, byte[] name, int offset, int length) {
    int hash = seed ^ directory * 0x9E3779B1;
    for (int i = offset; i < offset + length; i++) {
      hash = Integer.rotateLeft(hash, 5) * 0x85EBCA6B + name[i];
    }
    hash ^= hash >>> 15;
    hash *= 0xC2B2AE35;
    return hash ^ hash >>> 13;
  }
}
