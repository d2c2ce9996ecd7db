package io.thaw.fuzz.targets;

import io.thaw.ztoc.BuiltZtoc;
import io.thaw.ztoc.Compression;
import io.thaw.ztoc.SpanDigests;
import io.thaw.ztoc.SpanExtractor;
import io.thaw.ztoc.SpanTable;
import io.thaw.ztoc.Toc;
import io.thaw.ztoc.TocBuilder;
import io.thaw.ztoc.Ztoc;
import io.thaw.ztoc.ZtocBuilder;
import io.thaw.ztoc.ZtocOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/// The way of a layer: indexed, the index written, read back, and every span inflated again. What
/// we index must be what we read.
///
/// Input: one byte of choices (bit 0: put right checksums into all tar headers; bits 1-2: the
/// layer is the tar itself, the tar as gzip in one block, the tar as gzip in many blocks, or the
/// bytes as they are), one byte for the span size, then the tar or the layer.
public final class LayerFuzz {
  private static final ZtocFile FILE = ZtocFile.create();
  private static final SpanExtractor EXTRACTOR = new SpanExtractor();
  private static final long MAX_BYTES = 1 << 20;

  private LayerFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length < 2) {
      return;
    }
    byte[] tar = Arrays.copyOfRange(data, 2, data.length);
    if ((data[0] & 1) != 0) {
      TarInputs.fixChecksums(tar);
    }
    int shape = (data[0] >>> 1) & 3;
    long spanSize = 1L << (data[1] & 15);
    byte[] layer =
        switch (shape) {
          case 1 -> gzip(tar, tar.length + 1);
          case 2 -> gzip(tar, 1 + (data[1] & 0xff) * 4);
          default -> tar;
        };
    TocBuilder entries = Toc.builder();
    try (BuiltZtoc built = build(layer, spanSize, entries)) {
      if (built != null) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        built.writeTo(bytes);
        Oracle.check(bytes.size() == built.sizeBytes(), "the zTOC has another size");
        byte[] knownTar = shape == 1 || shape == 2 ? tar : null;
        readBack(entries.build(), bytes.toByteArray(), layer, knownTar);
      }
    } catch (IOException e) {
      throw Oracle.broken("what was indexed cannot be read back", e);
    }
  }

  private static @Nullable BuiltZtoc build(byte[] layer, long spanSize, TocBuilder entries) {
    try {
      return new ZtocBuilder(
              ZtocOptions.DEFAULT.withSpanSize(spanSize).withMaxUncompressedBytes(MAX_BYTES))
          .build(new ByteArrayInputStream(layer), entries::add);
    } catch (IOException e) {
      return null; // refused
    }
  }

  private static void readBack(Toc built, byte[] bytes, byte[] layer, byte @Nullable [] tar)
      throws IOException {
    try (Ztoc ztoc = Ztoc.open(FILE.with(bytes))) {
      Trees.checkSame(built, ztoc.toc());
      Trees.check(ztoc.toc());
      byte[] inflated = inflate(ztoc, layer);
      byte[] expected = ztoc.compression() == Compression.UNCOMPRESSED ? layer : tar;
      if (expected != null) {
        Oracle.check(
            Arrays.equals(inflated, Arrays.copyOf(expected, inflated.length)),
            "the spans hold other bytes than the tar");
      }
    }
  }

  private static byte[] inflate(Ztoc ztoc, byte[] layer) throws IOException {
    SpanTable spans = ztoc.spans();
    Oracle.check(spans.compressedSizeBytes() == layer.length, "the layer has another size");
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int span = 0; span < spans.count(); span++) {
      int start = (int) spans.compressedStart(span);
      int length = (int) spans.compressedLength(span);
      SpanDigests.verify(spans, span, Arrays.copyOfRange(layer, start, start + length), 0, length);
      EXTRACTOR.extract(
          ztoc,
          span,
          layer,
          start,
          length,
          (at, buffer, offset, count) -> {
            Oracle.check(at == all.size(), "the spans' bytes have a gap at " + all.size());
            all.write(buffer, offset, count);
          });
    }
    Oracle.check(
        all.size() == ztoc.uncompressedSizeBytes(), "the spans do not hold all of the tar");
    return all.toByteArray();
  }

  private static byte[] gzip(byte[] tar, int blockBytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip =
        new GZIPOutputStream(out, true) {
          {
            def.setLevel(Deflater.BEST_SPEED);
          }
        }) {
      for (int from = 0; from < tar.length; from += blockBytes) {
        gzip.write(tar, from, Math.min(blockBytes, tar.length - from));
        gzip.flush();
      }
    } catch (IOException e) {
      throw new IllegalStateException("memory does not fail", e);
    }
    return out.toByteArray();
  }
}
