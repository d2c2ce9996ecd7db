package io.thaw.cli.analyze.tree;

import io.thaw.ztoc.EntryType;
import java.util.List;

/// Everything the layers carry, a row for each file: what one tar entry (not a hard link) makes.
///
/// Rows are numbered `0 .. count()-1` in the order of layers and entries. A row stays when a later
/// layer hides it. Heap: 51 bytes per row. Filled by [LayerMerger], read by many afterwards.
public final class FileTable {
  private static final List<EntryType> TYPES = List.of(EntryType.values());
  private static final List<Fate> FATES = List.of(Fate.values());
  private static final byte VISIBLE = (byte) FATES.indexOf(Fate.VISIBLE);

  private int count;
  private short[] layer = new short[0];
  private short[] touched = new short[0];
  private byte[] type = new byte[0];
  private byte[] fate = new byte[0];
  private short[] fateLayer = new short[0];
  private short[] mode = new short[0];
  private int[] link = new int[0];
  private int[] node = new int[0];
  private int[] links = new int[0];
  private long[] size = new long[0];
  private long[] dataOffset = new long[0];
  private long[] hashHigh = new long[0];
  private long[] hashLow = new long[0];

  FileTable() {}

  /// Adds a row without content.
  int add(int newLayer, EntryType newType, long newMode, int newNode) {
    int row = count++;
    layer = Columns.fit(layer, row);
    touched = Columns.fit(touched, row);
    type = Columns.fit(type, row);
    fate = Columns.fit(fate, row);
    fateLayer = Columns.fit(fateLayer, row);
    mode = Columns.fit(mode, row);
    link = Columns.fit(link, row);
    node = Columns.fit(node, row);
    links = Columns.fit(links, row);
    size = Columns.fit(size, row);
    dataOffset = Columns.fit(dataOffset, row);
    hashHigh = Columns.fit(hashHigh, row);
    hashLow = Columns.fit(hashLow, row);
    layer[row] = (short) newLayer;
    touched[row] = (short) newLayer;
    type[row] = (byte) TYPES.indexOf(newType);
    mode[row] = (short) (newMode & 07777);
    node[row] = newNode;
    link[row] = -1;
    return row;
  }

  void setContent(int row, long bytes, long offset, long high, long low) {
    size[row] = bytes;
    dataOffset[row] = offset;
    hashHigh[row] = high;
    hashLow[row] = low;
  }

  void setLink(int row, int name) {
    link[row] = name;
  }

  void touch(int row, int newLayer, long newMode) {
    touched[row] = (short) newLayer;
    mode[row] = (short) (newMode & 07777);
  }

  /// The last layer that listed the row; later than [#layer] only for directories.
  int touchedBy(int row) {
    return touched[row];
  }

  void linked(int row, int newNode) {
    if (links[row]++ == 0) {
      node[row] = newNode;
      fate[row] = VISIBLE;
    }
  }

  void unlinked(int row, Fate newFate, int byLayer) {
    if (--links[row] == 0) {
      fate[row] = (byte) FATES.indexOf(newFate);
      fateLayer[row] = (short) byLayer;
    }
  }

  void setNode(int row, int newNode) {
    node[row] = newNode;
  }

  int linkName(int row) {
    return link[row];
  }

  public int count() {
    return count;
  }

  /// The layer that carries the row, counted from 0, the lowest.
  public int layer(int row) {
    return layer[row];
  }

  public EntryType type(int row) {
    return TYPES.get(type[row]);
  }

  public boolean isRegular(int row) {
    return type(row) == EntryType.REG;
  }

  /// Permission bits.
  public int mode(int row) {
    return mode[row];
  }

  /// Bytes of content; 0 for all but regular files.
  public long sizeBytes(int row) {
    return size[row];
  }

  /// Where the content starts in the layer's tar.
  public long dataOffset(int row) {
    return dataOffset[row];
  }

  /// The first half of the content's SHA-256 as two numbers; 0 for files without content.
  public long hashHigh(int row) {
    return hashHigh[row];
  }

  public long hashLow(int row) {
    return hashLow[row];
  }

  public Fate fate(int row) {
    return FATES.get(fate[row]);
  }

  public boolean isVisible(int row) {
    return fate[row] == VISIBLE;
  }

  /// The layer that hides the row; meaningful only if it is not visible.
  public int fateLayer(int row) {
    return fateLayer[row];
  }

  /// The number of names the row has in the tree.
  public int nameCount(int row) {
    return links[row];
  }

  /// The node under which the row was first named; of several names the sizes count here.
  public int node(int row) {
    return node[row];
  }
}
