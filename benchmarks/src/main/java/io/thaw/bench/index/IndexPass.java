package io.thaw.bench.index;

import com.sun.management.OperatingSystemMXBean;
import io.thaw.bench.ProcessFigures;
import io.thaw.ztoc.BuiltZtoc;
import io.thaw.ztoc.SpanDigests;
import io.thaw.ztoc.ZtocBuilder;
import io.thaw.ztoc.ZtocOptions;
import io.thaw.ztoc.inflate.Inflater;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/// A process of its own that passes three times over a layer's file, in one of the [Way]s, and
/// prints a line of [Figures]. The first pass has the start of the JVM in it, the first two most of
/// its compilers' work.
public final class IndexPass {
  private static final int BUFFER = 128 << 10;

  private IndexPass() {}

  /// What is done with the layer.
  enum Way {
    /// A whole zTOC: inflate, CRC, file list, windows, digests of layer, spans and zTOC.
    ZTOC,
    /// Our inflater with its checkpoints and the check of gzip's CRC, and nothing else.
    INFLATE,
    /// The JDK's inflater (zlib) with gzip's CRC, and nothing else.
    ZLIB,
    /// As above with the digests of layer and tar: the least a runtime does that unpacks.
    ZLIB_DIGESTS
  }

  /// What one process found; times in seconds.
  ///
  /// @param coldCpu CPU time of the whole process up to the end of the first pass
  /// @param firstQuarterCpu CPU time of the last pass for the first quarter of the stored bytes
  /// @param peakRssBytes the most memory the process ever had
  record Figures(
      double coldCpu,
      double warmCpu,
      double warmWall,
      double firstQuarterCpu,
      double lastQuarterCpu,
      double peakRssBytes) {

    static Figures parse(String line) {
      String[] f = line.strip().split(" ", -1);
      return new Figures(
          Double.parseDouble(f[0]),
          Double.parseDouble(f[1]),
          Double.parseDouble(f[2]),
          Double.parseDouble(f[3]),
          Double.parseDouble(f[4]),
          Double.parseDouble(f[5]));
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%.4f %.4f %.4f %.4f %.4f %.0f",
          coldCpu,
          warmCpu,
          warmWall,
          firstQuarterCpu,
          lastQuarterCpu,
          peakRssBytes);
    }
  }

  /// Passes three times and prints.
  ///
  /// @param args the way and the layer's file
  public static void main(String[] args) throws IOException {
    Way way = Way.valueOf(args[0]);
    Path layer = Path.of(args[1]);
    pass(way, layer);
    double cold = processCpu();
    pass(way, layer);
    double warm = processCpu();
    long wall = System.nanoTime();
    Quarters quarters = pass(way, layer);
    System.out.println(
        new Figures(
            cold,
            processCpu() - warm,
            (System.nanoTime() - wall) / 1e9,
            quarters.first(),
            quarters.last(),
            peakRssBytes()));
  }

  private static Quarters pass(Way way, Path layer) throws IOException {
    Quarters quarters = new Quarters(Files.newInputStream(layer), Files.size(layer));
    try (InputStream in = quarters) {
      switch (way) {
        case ZTOC -> {
          try (BuiltZtoc built = new ZtocBuilder(ZtocOptions.DEFAULT).build(in)) {
            built.writeTo(OutputStream.nullOutputStream());
          }
        }
        case INFLATE ->
            new Inflater()
                .inflateAll(
                    in, ZtocOptions.DEFAULT_SPAN_SIZE, Long.MAX_VALUE, (_, _, _, length) -> {});
        case ZLIB -> inflate(in, null);
        case ZLIB_DIGESTS ->
            inflate(new DigestInputStream(in, SpanDigests.newDigest()), SpanDigests.newDigest());
      }
    }
    quarters.end();
    return quarters;
  }

  private static void inflate(InputStream stored, @Nullable MessageDigest digest)
      throws IOException {
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = new GZIPInputStream(stored, BUFFER)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        if (digest != null) {
          digest.update(buffer, 0, n);
        }
      }
    }
  }

  private static double processCpu() {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return system.getProcessCpuTime() / 1e9;
  }

  private static double threadCpu() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() / 1e9;
  }

  private static double peakRssBytes() throws IOException {
    return ProcessFigures.peakRssBytes(ProcessHandle.current().pid());
  }

  /// Notes the thread's CPU time at the quarters of the stored bytes.
  private static final class Quarters extends FilterInputStream {
    private final long size;
    private final double[] marks = new double[5];
    private long read;
    private int reached;

    Quarters(InputStream in, long size) {
      super(in);
      this.size = size;
      marks[0] = threadCpu();
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int n = super.read(buffer, offset, length);
      read += Math.max(0, n);
      while (reached < 3 && read * 4 >= size * (reached + 1)) {
        marks[++reached] = threadCpu();
      }
      return n;
    }

    void end() {
      marks[4] = threadCpu();
    }

    double first() {
      return marks[1] - marks[0];
    }

    double last() {
      return marks[4] - marks[3];
    }
  }
}
