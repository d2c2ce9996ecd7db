package io.thaw.bench.index;

import io.thaw.ztoc.BuiltZtoc;
import io.thaw.ztoc.SpanExtractor;
import io.thaw.ztoc.SpanTable;
import io.thaw.ztoc.Ztoc;
import io.thaw.ztoc.ZtocBuilder;
import io.thaw.ztoc.ZtocOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// Spans of the layer, evenly spread over it, in memory, and their zTOC on the disk.
@State(Scope.Benchmark)
public class SpanState {
  private static final int SPANS = 24;

  /// A span's bytes as the layer stores them, and the same bytes as a stream of their own.
  static final class Span {
    final int number;
    final byte[] compressed;

    /// Raw deflate at level 6.
    final byte[] deflated;

    Span(int number, byte[] compressed, byte[] deflated) {
      this.number = number;
      this.compressed = compressed;
      this.deflated = deflated;
    }
  }

  final SpanExtractor extractor = new SpanExtractor();
  final Ztoc ztoc;
  private final List<Span> spans = new ArrayList<>();
  private int next;

  public SpanState() {
    byte[] stored = new LayerState().stored;
    try {
      Path file = Files.createTempFile("thaw-bench", ".ztoc");
      try (BuiltZtoc built =
          new ZtocBuilder(ZtocOptions.DEFAULT).build(new ByteArrayInputStream(stored))) {
        built.writeTo(file);
        ztoc = Ztoc.open(file);
      } finally {
        Files.delete(file);
      }
      SpanTable table = ztoc.spans();
      int step = Math.max(1, table.count() / SPANS);
      for (int span = 0; span < table.count(); span += step) {
        spans.add(load(table, span, stored));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Span load(SpanTable table, int span, byte[] stored) throws IOException {
    byte[] compressed =
        Arrays.copyOfRange(
            stored, (int) table.compressedStart(span), (int) table.compressedEnd(span));
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    extractor.extract(
        ztoc, span, compressed, 0, compressed.length, (_, b, off, n) -> plain.write(b, off, n));
    return new Span(span, compressed, deflate(plain.toByteArray()));
  }

  private static byte[] deflate(byte[] plain) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] buffer = new byte[64 << 10];
    try (Deflater deflater = new Deflater(6, true)) {
      deflater.setInput(plain);
      deflater.finish();
      while (!deflater.finished()) {
        out.write(buffer, 0, deflater.deflate(buffer));
      }
    }
    return out.toByteArray();
  }

  /// The spans in turn.
  Span nextSpan() {
    Span span = spans.get(next);
    next = (next + 1) % spans.size();
    return span;
  }

  @TearDown
  public void close() throws IOException {
    ztoc.close();
  }
}
