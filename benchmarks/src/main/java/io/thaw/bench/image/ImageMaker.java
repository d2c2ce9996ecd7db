package io.thaw.bench.image;

import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.Layer;
import io.thaw.it.image.LayoutWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/// Makes the layers of an image: base, wheels, program.
final class ImageMaker {
  private static final String PROGRAM = "import torch; print(torch.ones(2)+1, flush=True)\n";

  private final WheelStore wheels;
  private final Consumer<String> progress;

  ImageMaker(WheelStore wheels, Consumer<String> progress) {
    this.wheels = wheels;
    this.progress = progress;
  }

  /// Makes `image` as a layout below `work`.
  ImageLayout make(BenchImage image, Path work) throws IOException {
    List<List<Path>> found = new ArrayList<>();
    for (BenchImage.WheelLayer layer : image.layers()) {
      List<Path> files = new ArrayList<>();
      for (Wheel wheel : layer.wheels()) {
        files.add(wheels.get(wheel));
      }
      found.add(files);
    }
    progress.accept("debootstrap");
    Path root = work.resolve("root");
    DebianBase.make(root);
    LayoutWriter layout = new LayoutWriter(work.resolve("layout"));
    report("base", layout.addLayer(tar -> DebianBase.writeTar(root, tar)));
    for (int i = 0; i < found.size(); i++) {
      try (WheelTar tar = new WheelTar(found.get(i))) {
        report(image.layers().get(i).title(), layout.addLayer(tar::writeTo));
      }
    }
    report("program", layout.addLayer(ImageMaker::writeProgram));
    return layout.finish(
        List.of("/usr/bin/python3.11", "/app/run.py"),
        List.of(
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "PYTHONDONTWRITEBYTECODE=1"));
  }

  private static void writeProgram(OutputStream out) throws IOException {
    byte[] program = PROGRAM.getBytes(StandardCharsets.UTF_8);
    TarArchiveOutputStream tar = new TarArchiveOutputStream(out, "UTF-8");
    put(tar, "app/", TarConstants.LF_DIR, 0755, new byte[0]);
    put(tar, "app/run.py", TarConstants.LF_NORMAL, 0100644, program);
    tar.finish();
  }

  private static void put(
      TarArchiveOutputStream tar, String name, byte type, int mode, byte[] content)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name, type);
    entry.setModTime(WheelTar.MTIME_MILLIS);
    entry.setIds(0, 0);
    entry.setNames("", "");
    entry.setMode(mode);
    entry.setSize(content.length);
    tar.putArchiveEntry(entry);
    tar.write(content);
    tar.closeArchiveEntry();
  }

  private void report(String title, Layer layer) {
    progress.accept("layer %s: %.1f MB".formatted(title, layer.sizeBytes() / 1e6));
  }
}
