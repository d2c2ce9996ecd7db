package io.thaw.it;

import io.thaw.index.ConvertOptions;
import io.thaw.it.image.DebianImage;
import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.LayoutWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// The images the tests pull.
final class TestImages {
  /// Spans small enough that a small image has many.
  static final ConvertOptions SMALL_SPANS =
      ConvertOptions.DEFAULT.withSpanSize(1 << 18).withMinLayerSize(0);

  private TestImages() {}

  /// Debian with python3, numpy and a layer of rare things, 94 MB compressed.
  static ImageLayout debian() throws IOException {
    return new DebianImage(DebianImage.defaultCache(), System.out::println).small();
  }

  /// An image of one golden layer.
  static ImageLayout golden(String layer, Path dir) throws IOException {
    LayoutWriter writer = new LayoutWriter(dir);
    writer.addStored(goldenDir().resolve(layer));
    return writer.finish(List.of("/nothing"), List.of("PATH=/"));
  }

  static Path goldenDir() {
    return Path.of(System.getProperty("thaw.testdata"), "golden");
  }
}
