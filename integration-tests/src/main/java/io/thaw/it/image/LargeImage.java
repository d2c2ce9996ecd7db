package io.thaw.it.image;

import io.thaw.it.node.Commands;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/// An image of more than a gigabyte, the same every time: a layer of few large files, one of many
/// small ones, and one that changes and deletes some of both. Half of each file compresses.
public final class LargeImage {
  private static final int LARGE_FILES = 10;
  private static final int LARGE_BYTES = 64 << 20;
  private static final int SMALL_FILES = 15_000;
  private static final int SMALL_BYTES = 30_000;
  private static final int DIRECTORIES = 300;

  /// Raw bytes of its files, at least.
  public static final long RAW_BYTES =
      (long) LARGE_FILES * LARGE_BYTES + (long) SMALL_FILES * SMALL_BYTES * 9 / 10;

  // Owners, modes, times, links, attributes and deletions, on what the layers before have.
  private static final String CHANGES =
      """
      mkdir -p large small/d007 small/d008 small/d009
      touch large/.wh.f3
      touch small/d007/.wh..wh..opq
      echo new > small/d007/only
      touch small/.wh.d011
      head -c 5000000 /dev/zero > large/f4
      chown 1234:5678 large/f4
      chmod 4755 large/f4
      setcap cap_net_bind_service+ep large/f4
      echo x > small/d008/attrs
      setfattr -n user.colour -v blue small/d008/attrs
      ln small/d008/attrs small/d009/linked
      ln -s ../../large/f0 small/d009/link
      mkfifo small/d009/fifo
      mknod small/d009/null c 1 3
      touch -d '2021-02-03 04:05:06.123456789 UTC' small/d009/null
      """;

  private LargeImage() {}

  /// Writes the layout at `dir`; scratch files go below `work`.
  public static ImageLayout write(Path work, Path dir) throws IOException {
    LayoutWriter layout = new LayoutWriter(dir);
    Path largeRoot = work.resolve("large-files");
    Path large = Files.createDirectories(largeRoot.resolve("large"));
    Random random = new Random(4711);
    for (int i = 0; i < LARGE_FILES; i++) {
      file(large.resolve("f" + i), LARGE_BYTES, random);
    }
    add(layout, largeRoot);
    Path smallRoot = work.resolve("small-files");
    Path small = Files.createDirectories(smallRoot.resolve("small"));
    for (int i = 0; i < SMALL_FILES; i++) {
      Path parent = Files.createDirectories(small.resolve("d%03d".formatted(i % DIRECTORIES)));
      file(parent.resolve("f" + i), SMALL_BYTES - random.nextInt(SMALL_BYTES / 10), random);
    }
    add(layout, smallRoot);
    Path changes = work.resolve("changes");
    DirectoryLayer.run(changes, CHANGES);
    add(layout, changes);
    return layout.finish(List.of("/nothing"), List.of("PATH=/"));
  }

  private static void file(Path file, int length, Random random) throws IOException {
    byte[] piece = new byte[8192];
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      for (int left = length; left > 0; left -= piece.length) {
        // A half that compresses to nothing after one that does not compress.
        byte[] noise = new byte[piece.length / 2];
        random.nextBytes(noise);
        System.arraycopy(noise, 0, piece, 0, noise.length);
        out.write(piece, 0, Math.min(left, piece.length));
      }
    }
  }

  private static void add(LayoutWriter layout, Path root) throws IOException {
    DirectoryLayer.add(layout, root, ".");
    Commands.run("rm", "-rf", "--one-file-system", root.toString());
  }
}
