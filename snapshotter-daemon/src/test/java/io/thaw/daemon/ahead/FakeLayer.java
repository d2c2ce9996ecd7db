package io.thaw.daemon.ahead;

import io.thaw.ztoc.BuiltZtoc;
import io.thaw.ztoc.SpanTable;
import io.thaw.ztoc.Ztoc;
import io.thaw.ztoc.ZtocBuilder;
import io.thaw.ztoc.ZtocOptions;
import io.thaw.ztoc.tree.LayerTree;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/// A layer of real bytes with a real zTOC. What is wished for is there at once, and remembered.
final class FakeLayer implements AheadLayer, AutoCloseable {
  static final int SPAN = 256 << 10;

  /// A wish.
  record Wish(int first, int end, int rank) {}

  final List<Wish> wishes = new CopyOnWriteArrayList<>();
  volatile boolean forgotten;
  private final byte[] tar;
  private final Ztoc ztoc;
  private final LayerTree tree;

  /// @param files contents by path; a value that is a `String` is what a symbolic link leads to
  static FakeLayer of(Path directory, Map<String, Object> files) throws IOException {
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    try (TarArchiveOutputStream out = new TarArchiveOutputStream(tar)) {
      for (Map.Entry<String, Object> file : files.entrySet()) {
        add(out, file.getKey(), file.getValue());
      }
    }
    ByteArrayOutputStream layer = new ByteArrayOutputStream();
    try (OutputStream out = fastGzip(layer)) {
      tar.writeTo(out);
    }
    Path file = Files.createTempFile(directory, "layer", ".ztoc");
    ZtocBuilder builder = new ZtocBuilder(ZtocOptions.DEFAULT.withSpanSize(SPAN));
    try (BuiltZtoc built = builder.build(new ByteArrayInputStream(layer.toByteArray()));
        OutputStream out = Files.newOutputStream(file)) {
      built.writeTo(out);
    }
    return new FakeLayer(tar.toByteArray(), Ztoc.open(file));
  }

  private static OutputStream fastGzip(OutputStream to) throws IOException {
    return new GZIPOutputStream(to) {
      {
        def.setLevel(Deflater.BEST_SPEED);
      }
    };
  }

  private static void add(TarArchiveOutputStream out, String name, Object content)
      throws IOException {
    if (content instanceof byte[] bytes) {
      TarArchiveEntry entry = new TarArchiveEntry(name);
      entry.setSize(bytes.length);
      out.putArchiveEntry(entry);
      out.write(bytes);
    } else {
      TarArchiveEntry entry = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
      entry.setLinkName((String) content);
      out.putArchiveEntry(entry);
    }
    out.closeArchiveEntry();
  }

  private FakeLayer(byte[] tar, Ztoc ztoc) throws IOException {
    this.tar = tar;
    this.ztoc = ztoc;
    tree = LayerTree.of(ztoc.toc());
  }

  int node(String path) {
    int node = tree.root();
    for (String name : path.split("/", -1)) {
      byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
      node = tree.lookup(node, bytes, 0, bytes.length);
    }
    return node;
  }

  /// The span of a byte of a file.
  int span(String path, long offset) {
    return spans().spanOf(tree.dataOffset(node(path)) + offset);
  }

  /// What was wished for at one rank.
  BitSet wished(int rank) {
    BitSet spans = new BitSet();
    for (Wish wish : wishes) {
      if (wish.rank == rank) {
        spans.set(wish.first, wish.end);
      }
    }
    return spans;
  }

  /// What was wished for.
  BitSet wished() {
    BitSet spans = new BitSet();
    wishes.forEach(wish -> spans.set(wish.first, wish.end));
    return spans;
  }

  @Override
  public LayerTree tree() {
    return tree;
  }

  @Override
  public SpanTable spans() {
    return ztoc.spans();
  }

  @Override
  public boolean isComplete() {
    return false;
  }

  @Override
  public void wish(int first, int end, int rank) {
    if (first < 0 || first >= end || end > spans().count()) {
      throw new IllegalArgumentException("spans " + first + " to " + end);
    }
    wishes.add(new Wish(first, end, rank));
  }

  @Override
  public void forget() {
    forgotten = true;
  }

  @Override
  public boolean await(int first, int end, Duration limit) {
    return wished().nextClearBit(first) >= end;
  }

  @Override
  public void read(int node, long offset, ByteBuffer dst) throws IOException {
    int length = dst.remaining();
    if (offset < 0 || offset + length > tree.sizeBytes(node)) {
      throw new IOException("outside of the file");
    }
    dst.put(tar, (int) (tree.dataOffset(node) + offset), length);
  }

  @Override
  public void close() throws IOException {
    ztoc.close();
  }
}
