package io.thaw.fuse;

import io.thaw.ztoc.Toc;
import io.thaw.ztoc.TocBuilder;
import io.thaw.ztoc.ZtocBuilder;
import io.thaw.ztoc.ZtocOptions;
import io.thaw.ztoc.tree.LayerTree;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/// A layer whole in memory.
///
/// @param tar its uncompressed bytes
@SuppressWarnings("ArrayRecordComponent") // never compared
record TestLayer(byte[] tar, Toc toc, LayerTree tree) {

  static TestLayer of(byte[] tar) throws IOException {
    Toc toc = toc(tar);
    return new TestLayer(tar, toc, LayerTree.of(toc));
  }

  static Toc toc(byte[] tar) throws IOException {
    TocBuilder toc = Toc.builder();
    new ZtocBuilder(ZtocOptions.DEFAULT).build(new ByteArrayInputStream(tar), toc::add).close();
    return toc.build();
  }

  /// One of the golden layers.
  static TestLayer golden(String name) throws IOException {
    Path file = Path.of(System.getProperty("thaw.testdata", "../testdata"), "golden", name);
    try (InputStream in = Files.newInputStream(file);
        InputStream tar = name.endsWith(".gz") ? new GZIPInputStream(in) : in) {
      return of(tar.readAllBytes());
    }
  }
}
