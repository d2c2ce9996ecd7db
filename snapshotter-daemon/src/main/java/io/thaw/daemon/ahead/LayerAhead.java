package io.thaw.daemon.ahead;

import io.thaw.ztoc.SpanTable;
import io.thaw.ztoc.tree.LayerTree;
import io.thaw.ztoc.tree.NodeKind;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/// The read-ahead of one layer; safe for use by many threads. A read of a file that was read before
/// costs one look at a bit.
public final class LayerAhead implements AutoCloseable {
  private static final long SMALL_FILE_BYTES = 1 << 20;
  private static final int EXECUTABLE = 0111;
  private static final int FIRST_WINDOW = 2;
  private static final int PACKAGE_WINDOW = 8;
  private static final int MOST_WINDOW = 16;

  /// A window is at most this part of its layer: a guess that is wrong shall not bring all of it.
  private static final int WINDOW_PART = 16;

  /// Layers up to this size are fetched from the start on: a base image or a few packages.
  private static final long SMALL_LAYER_BYTES = 96 << 20;

  /// And only if they are no more than this part of all that is lazy: else readers would wait for
  /// bytes that nobody wants.
  private static final int SMALL_PART = 16;

  private static final byte[] LIBRARY = ".so".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] PYTHON = ".py".getBytes(StandardCharsets.US_ASCII);

  private final ReadAhead all;
  private final AheadLayer layer;
  private final LayerTree tree;
  private final AtomicLongArray read;
  private final AtomicLongArray looked;
  private @Nullable Map<String, Integer> libraries;
  private int window = FIRST_WINDOW;
  private volatile boolean guided;
  private volatile boolean closed;

  LayerAhead(ReadAhead all, AheadLayer layer) {
    this.all = all;
    this.layer = layer;
    tree = layer.tree();
    int words = all.enabled() ? (tree.nodeLimit() + 63) >>> 6 : 0;
    read = new AtomicLongArray(words);
    looked = new AtomicLongArray(words);
  }

  /// Wishes for all of the layer if it is small; called when it is mounted and the link has nothing
  /// better to do.
  public void mounted() {
    SpanTable spans = layer.spans();
    long bytes = spans.compressedSizeBytes();
    if (idle() || bytes > SMALL_LAYER_BYTES || bytes > all.storedBytes() / SMALL_PART) {
      return;
    }
    layer.wish(0, spans.count(), Rank.SMALL_LAYERS);
  }

  long storedBytes() {
    return layer.spans().compressedSizeBytes();
  }

  /// Somebody knows what a start needs of the layer: there is nothing to guess.
  public void guide() {
    if (!guided) {
      guided = true;
      layer.forget();
    }
  }

  private boolean idle() {
    return !all.enabled() || guided || closed || layer.isComplete();
  }

  /// A file is read, at `offset`, and the bytes are there.
  public void hit(int node) {
    if (isFirst(read, node)) {
      begin(node);
    }
  }

  /// A file is read, at `offset`, and the bytes are not there: the reader waits.
  public void missed(int node, long offset) {
    if (idle()) {
      return;
    }
    hit(node);
    if (tree.sizeBytes(node) <= SMALL_FILE_BYTES) {
      wishNeighbours(node, offset);
    }
  }

  private static boolean isFirst(AtomicLongArray bits, int node) {
    int word = node >>> 6;
    if (word >= bits.length()) {
      return false;
    }
    long bit = 1L << node;
    return (bits.get(word) & bit) == 0
        && (bits.getAndAccumulate(word, bit, (a, b) -> a | b) & bit) == 0;
  }

  private void begin(int node) {
    if (!idle() && mayBeLinked(node)) {
      look(node);
    }
  }

  private boolean mayBeLinked(int node) {
    return (tree.mode(node) & EXECUTABLE) != 0 || nameContains(node, LIBRARY);
  }

  private boolean nameContains(int node, byte[] part) {
    int dirent = tree.nameOf(node);
    byte[] name = tree.direntName(dirent);
    for (int at = 0; at + part.length <= name.length; at++) {
      int same = 0;
      while (same < part.length && name[at + same] == part[same]) {
        same++;
      }
      if (same == part.length) {
        return true;
      }
    }
    return false;
  }

  private void look(int node) {
    if (isFirst(looked, node)) {
      all.start(new LibraryAhead(layer, node, name -> all.needed(this, name)));
    }
  }

  /// Looks ahead of the library of that name; at most once.
  ///
  /// @return false if the layer has none
  boolean libraryNamed(String name) {
    if (idle()) {
      return false;
    }
    Integer node = libraries().get(name);
    if (node != null) {
      look(node);
    }
    return node != null;
  }

  private synchronized Map<String, Integer> libraries() {
    Map<String, Integer> known = libraries;
    if (known == null) {
      known = new HashMap<>();
      for (int dirent = 0; dirent < tree.direntCount(); dirent++) {
        int node = tree.direntNode(dirent);
        NodeKind kind = tree.kind(node);
        if ((kind == NodeKind.REGULAR || kind == NodeKind.SYMLINK) && nameContains(node, LIBRARY)) {
          int target = kind == NodeKind.REGULAR ? node : linked(dirent, node);
          if (target >= 0) {
            known.putIfAbsent(new String(tree.direntName(dirent), StandardCharsets.UTF_8), target);
          }
        }
      }
      libraries = known;
    }
    return known;
  }

  /// The file a link in the same directory leads to, as from a library's short name to its long
  /// one; -1 for all others.
  private int linked(int dirent, int node) {
    byte[] name = tree.linkName(node);
    int target = tree.lookup(tree.direntParent(dirent), name, 0, name.length);
    return target >= 0 && tree.kind(target) == NodeKind.REGULAR ? target : -1;
  }

  /// Small files lie beside each other in the order of the archive, packages together. The window
  /// doubles with each reader that had to wait all the same.
  private void wishNeighbours(int node, long offset) {
    int span = layer.spans().spanOf(tree.dataOffset(node) + offset);
    int most;
    synchronized (this) {
      int wanted = nameContains(node, PYTHON) ? Math.max(window, PACKAGE_WINDOW) : window;
      most = Math.min(wanted, Math.max(1, layer.spans().count() / WINDOW_PART));
      window = Math.min(MOST_WINDOW, window * 2);
    }
    int end = span + 1;
    while (end < layer.spans().count() && end - span <= most && beginsFile(end)) {
      end++;
    }
    int first = span;
    while (first > 0 && span - first < most / 4 && beginsFile(first)) {
      first--;
    }
    layer.wish(first, end, Rank.NEIGHBOURS);
  }

  /// Whether a file begins in the span; in the middle of a large file none does.
  private boolean beginsFile(int span) {
    long start = layer.spans().uncompressedStart(span);
    int index = tree.firstFileAt(start);
    if (index < tree.fileCount() && tree.dataOffset(tree.file(index)) < start) {
      index++;
    }
    return index < tree.fileCount()
        && tree.dataOffset(tree.file(index)) < layer.spans().uncompressedEnd(span);
  }

  @Override
  public void close() {
    closed = true;
    all.closed(this);
  }
}
