package io.thaw.bench.fuse;

import io.thaw.bench.Shell;
import io.thaw.it.run.PageCache;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/// What is done to a directory and measured. More is better in every unit.
enum Workload {
  SEQUENTIAL_COLD("sequential read, cold disk", "MB/s") {
    @Override
    double run(Path root, Path original) throws IOException {
      dropCaches();
      return readAll(root.resolve(LARGE_FILE));
    }
  },
  SEQUENTIAL_IN_MEMORY("sequential read, spans in memory", "MB/s") {
    @Override
    double run(Path root, Path original) throws IOException {
      dropCaches();
      readAll(original.resolve(LARGE_FILE));
      return readAll(root.resolve(LARGE_FILE));
    }
  },
  RANDOM_COLD("random 4 KiB read, cold disk", "IOPS") {
    @Override
    double run(Path root, Path original) throws IOException {
      dropCaches();
      return readRandomly(root.resolve(LARGE_FILE));
    }
  },
  RANDOM_IN_MEMORY("random 4 KiB read, spans in memory", "IOPS") {
    @Override
    double run(Path root, Path original) throws IOException {
      dropCaches();
      readAll(original.resolve(LARGE_FILE));
      return readRandomly(root.resolve(LARGE_FILE));
    }
  },
  METADATA_COLD("`find -printf %s`, cold", "entries/s") {
    @Override
    double run(Path root, Path original) throws IOException {
      dropCaches();
      return find(root);
    }
  },
  METADATA_AGAIN("`find -printf %s`, again at once", "entries/s") {
    @Override
    double run(Path root, Path original) throws IOException {
      return find(root);
    }
  };

  /// The file that is read, at the top of the directory.
  static final String LARGE_FILE = "large.bin";

  static final int LARGE_FILE_BYTES = 256 << 20;

  private static final int SEQUENTIAL_BUFFER = 1 << 20;
  private static final int PAGE = 4096;
  private static final int MAX_RANDOM_READS = 16_000;
  private static final long MAX_RANDOM_NANOS = 1_500_000_000;

  final String title;
  final String unit;

  Workload(String title, String unit) {
    this.title = title;
    this.unit = unit;
  }

  /// Runs it once.
  ///
  /// @param root where it runs
  /// @param original the directory that `root` shows
  abstract double run(Path root, Path original) throws IOException;

  private static void dropCaches() throws IOException {
    if (!PageCache.drop()) {
      throw new IOException(
          "cannot empty the page cache, without which nothing is cold: run this as root on the"
              + " host, not in a container");
    }
  }

  private static double readAll(Path file) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(SEQUENTIAL_BUFFER);
    long start = System.nanoTime();
    long total = 0;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      for (int n = channel.read(buffer); n >= 0; n = channel.read(buffer.clear())) {
        total += n;
      }
    }
    return total * 1e3 / (System.nanoTime() - start);
  }

  /// Reads pages in an order that is the same for everybody; a page is rarely read twice.
  private static double readRandomly(Path file) throws IOException {
    Random random = new Random(4096);
    ByteBuffer buffer = ByteBuffer.allocateDirect(PAGE);
    long start = System.nanoTime();
    int reads = 0;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      while (reads < MAX_RANDOM_READS && System.nanoTime() - start < MAX_RANDOM_NANOS) {
        long offset = (long) random.nextInt(LARGE_FILE_BYTES / PAGE) * PAGE;
        if (channel.read(buffer.clear(), offset) != PAGE) {
          throw new IOException(file + " is shorter than " + (offset + PAGE) + " bytes");
        }
        reads++;
      }
    }
    return reads * 1e9 / (System.nanoTime() - start);
  }

  private static double find(Path root) throws IOException {
    long start = System.nanoTime();
    String sizes = Shell.output("find \"$1\" -printf '%s\\n'", root.toString());
    return sizes.lines().count() * 1e9 / (System.nanoTime() - start);
  }
}
