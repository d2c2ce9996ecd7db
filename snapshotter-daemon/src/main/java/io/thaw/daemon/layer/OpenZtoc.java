package io.thaw.daemon.layer;

import io.thaw.registry.Digest;
import io.thaw.ztoc.SpanTable;
import io.thaw.ztoc.Ztoc;
import io.thaw.ztoc.tree.LayerTree;
import java.io.IOException;
import java.util.Objects;

/// A layer's zTOC and the tree it describes, verified and found to fit the layer.
record OpenZtoc(Ztoc ztoc, LayerTree tree) implements AutoCloseable {

  /// Opens the zTOC in the layer's directory.
  ///
  /// @throws IOException if it is not the recorded one or does not describe this layer
  static OpenZtoc open(LayerPaths paths, LayerRecord record) throws IOException {
    Digest expected = Objects.requireNonNull(record.ztocDigest(), "a lazy layer has a zTOC");
    DurableFiles.verify(paths.ztoc(), expected);
    Ztoc ztoc = Ztoc.open(paths.ztoc());
    try {
      LayerTree tree = LayerTree.of(ztoc.toc());
      check(ztoc, tree, record.blob());
      return new OpenZtoc(ztoc, tree);
    } catch (IOException | RuntimeException e) {
      ztoc.close();
      throw e;
    }
  }

  SpanTable spans() {
    return ztoc.spans();
  }

  private static void check(Ztoc ztoc, LayerTree tree, LayerBlob blob) throws IOException {
    SpanTable spans = ztoc.spans();
    if (spans.count() == 0 || spans.compressedSizeBytes() != blob.sizeBytes()) {
      throw new IOException(
          "the zTOC describes a layer of "
              + spans.compressedSizeBytes()
              + " bytes in "
              + spans.count()
              + " spans, but layer "
              + blob.digest()
              + " has "
              + blob.sizeBytes()
              + " bytes; it belongs to another layer");
    }
    if (tree.fileCount() > 0) {
      int last = tree.file(tree.fileCount() - 1);
      long end = tree.dataOffset(last) + tree.sizeBytes(last);
      if (end > spans.uncompressedSizeBytes()) {
        throw new IOException(
            "the zTOC of layer "
                + blob.digest()
                + " has a file that ends at "
                + end
                + ", after the tar's end at "
                + spans.uncompressedSizeBytes());
      }
    }
  }

  @Override
  public void close() throws IOException {
    ztoc.close();
  }
}
