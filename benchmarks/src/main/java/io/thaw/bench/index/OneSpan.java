package io.thaw.bench.index;

import io.thaw.ztoc.SpanDigests;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/// What a reader waits for after a span's bytes have arrived.
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class OneSpan {

  /// Verifies the digest, reads the window and inflates.
  @Benchmark
  public long verifyAndExtract(SpanState state) throws IOException {
    SpanState.Span span = state.nextSpan();
    byte[] bytes = span.compressed;
    SpanDigests.verify(state.ztoc.spans(), span.number, bytes, 0, bytes.length);
    long[] sum = new long[1];
    state.extractor.extract(
        state.ztoc, span.number, bytes, 0, bytes.length, (_, _, _, length) -> sum[0] += length);
    return sum[0];
  }

  /// The same uncompressed bytes with the JDK's inflater (zlib), and the same digest.
  @Benchmark
  public long digestAndZlib(SpanState state) throws DataFormatException {
    SpanState.Span span = state.nextSpan();
    byte[] digest = SpanDigests.newDigest().digest(span.compressed);
    byte[] buffer = new byte[128 << 10];
    long total = digest[0];
    try (Inflater inflater = new Inflater(true)) {
      inflater.setInput(span.deflated);
      while (!inflater.finished()) {
        total += inflater.inflate(buffer);
      }
    }
    return total;
  }
}
