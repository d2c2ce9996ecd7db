package io.thaw.bench.index;

import io.thaw.bench.Shell;
import io.thaw.ztoc.BuiltZtoc;
import io.thaw.ztoc.SpanDigests;
import io.thaw.ztoc.ZtocBuilder;
import io.thaw.ztoc.ZtocOptions;
import io.thaw.ztoc.inflate.InflateTarget;
import io.thaw.ztoc.inflate.Inflater;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/// A pass over all bytes of the layer, in the ways to be compared.
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class WholeLayer {
  private static final int BUFFER = 128 << 10;

  /// A whole zTOC: inflate, file list, windows, digests of layer, spans and tar.
  @Benchmark
  public byte[] buildZtoc(LayerState layer) throws IOException {
    ZtocBuilder builder = new ZtocBuilder(ZtocOptions.DEFAULT);
    try (BuiltZtoc built = builder.build(new ByteArrayInputStream(layer.stored))) {
      return built.digest();
    }
  }

  /// Only our inflater, with its checkpoints and the check of gzip's CRC.
  @Benchmark
  public long inflateWithCheckpoints(LayerState layer) throws IOException {
    Counter counter = new Counter();
    new Inflater()
        .inflateAll(
            new ByteArrayInputStream(layer.stored),
            ZtocOptions.DEFAULT_SPAN_SIZE,
            Long.MAX_VALUE,
            counter);
    return counter.sum;
  }

  /// What a runtime must do at least before it can unpack: the JDK's inflater (zlib), gzip's CRC,
  /// digests of layer and tar.
  @Benchmark
  public byte[] zlibCrcAndDigests(LayerState layer) throws IOException {
    MessageDigest stored = SpanDigests.newDigest();
    MessageDigest tar = SpanDigests.newDigest();
    stored.update(layer.stored);
    inflate(layer, tar);
    tar.update(stored.digest());
    return tar.digest();
  }

  /// The JDK's inflater (zlib) with gzip's CRC and nothing else.
  @Benchmark
  public long zlibCrc(LayerState layer) throws IOException {
    return inflate(layer, null);
  }

  @Benchmark
  public String gzipCommand(LayerState layer) throws IOException {
    return Shell.output("gzip -dc \"$1\" | sha256sum", layer.file.toString());
  }

  @Benchmark
  public String pigzCommand(LayerState layer) throws IOException {
    return Shell.output("pigz -dc \"$1\" | sha256sum", layer.file.toString());
  }

  private static long inflate(LayerState layer, @Nullable MessageDigest digest) throws IOException {
    byte[] buffer = new byte[BUFFER];
    long total = 0;
    try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(layer.stored), BUFFER)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        if (digest != null) {
          digest.update(buffer, 0, n);
        }
        total += n;
      }
    }
    return total;
  }

  /// Takes everything and keeps nothing.
  private static final class Counter implements InflateTarget {
    private long sum;

    @Override
    public void uncompressed(long uncompressedOffset, byte[] buffer, int offset, int length) {
      sum += length;
    }
  }
}
