package io.thaw.fuzz.targets;

import io.thaw.ztoc.BuiltZtoc;
import io.thaw.ztoc.SpanExtractor;
import io.thaw.ztoc.SpanTable;
import io.thaw.ztoc.Ztoc;
import io.thaw.ztoc.ZtocBuilder;
import io.thaw.ztoc.ZtocOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.zip.GZIPOutputStream;

/// Spans of a good layer under a zTOC whose checkpoints were moved: extraction gives exactly the
/// bytes' range the zTOC names, or an exception; never more, never other offsets, never no end.
///
/// Input: pieces of six bytes. The first says which checkpoint (low bits) and what of it is
/// changed: where it is in the layer, in the tar, its bits, a byte of its window, or a byte of
/// the layer itself; the others say how.
public final class SpanFuzz {
  private static final ZtocFile FILE = ZtocFile.create();
  private static final SpanExtractor EXTRACTOR = new SpanExtractor();
  private static final int RECORD = 17 + Ztoc.WINDOW_BYTES;
  private static final int EDIT = 6;
  private static final int MAX_EDITS = 16;
  private static final byte[] LAYER = layer();
  private static final byte[] ZTOC = ztoc();
  private static final int FIRST_RECORD = firstRecord();
  private static final int RECORDS =
      ByteBuffer.wrap(ZTOC).order(ByteOrder.LITTLE_ENDIAN).getInt(FIRST_RECORD - 12);

  private SpanFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    byte[] ztoc = ZTOC.clone();
    byte[] layer = LAYER.clone();
    ByteBuffer records = ByteBuffer.wrap(ztoc).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer edits = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < MAX_EDITS && edits.remaining() >= EDIT; i++) {
      edit(records, layer, edits.get(), edits.get(), edits.getInt());
    }
    try (Ztoc opened = Ztoc.open(FILE.with(ztoc))) {
      SpanTable spans = opened.spans();
      for (int span = 0; span < spans.count(); span++) {
        extract(opened, span, layer);
      }
    } catch (IOException e) {
      // A zTOC that is refused.
    }
  }

  private static void edit(ByteBuffer records, byte[] layer, byte where, byte what, int how) {
    int record = FIRST_RECORD + (where & 7) % RECORDS * RECORD;
    switch (what & 7) {
      case 0 -> records.putLong(record, records.getLong(record) + (short) how);
      case 1 -> records.putLong(record, how);
      case 2 -> records.putLong(record + 8, records.getLong(record + 8) + (short) how);
      case 3 -> records.putLong(record + 8, (long) how << (where >>> 3 & 31));
      case 4 -> records.put(record + 16, (byte) how);
      case 5 -> records.put(record + 17 + Math.floorMod(how >> 8, Ztoc.WINDOW_BYTES), (byte) how);
      default -> layer[Math.floorMod(how >> 8, layer.length)] = (byte) how;
    }
  }

  private static void extract(Ztoc ztoc, int span, byte[] layer) {
    SpanTable spans = ztoc.spans();
    int start = (int) Math.min(spans.compressedStart(span), layer.length);
    int length = (int) Math.min(spans.compressedLength(span), layer.length - start);
    long[] next = {spans.uncompressedStart(span)};
    try {
      EXTRACTOR.extract(
          ztoc,
          span,
          layer,
          start,
          length,
          (at, buffer, offset, count) -> {
            Oracle.check(at == next[0] && count > 0, "the bytes of span " + span + " have a gap");
            next[0] += count;
            Oracle.check(
                next[0] <= spans.uncompressedEnd(span), "span " + span + " gave too many bytes");
          });
    } catch (IOException e) {
      return; // the extractor's way to refuse
    }
    Oracle.check(next[0] == spans.uncompressedEnd(span), "span " + span + " is short, unnoticed");
  }

  /// A gzip layer of several blocks, two members, and data that compress well and badly.
  private static byte[] layer() {
    Random random = new Random(20);
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    for (int file = 0; file < 4; file++) {
      byte[] data = new byte[700 + 300 * file];
      for (int i = 0; i < data.length; i++) {
        data[i] = (byte) (file == 2 ? random.nextInt() : "lorem ipsum ".charAt(random.nextInt(12)));
      }
      tar.writeBytes(Seeds.header("file" + file, '0', data.length, ""));
      tar.writeBytes(data);
      tar.writeBytes(new byte[-data.length & 511]);
    }
    tar.writeBytes(new byte[1024]);
    byte[] bytes = tar.toByteArray();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int half = bytes.length / 2;
    for (int from = 0; from < bytes.length; from += half) {
      try (GZIPOutputStream gzip = new GZIPOutputStream(out, true)) {
        gzip.write(bytes, from, half / 2);
        gzip.flush();
        gzip.write(bytes, from + half / 2, half - half / 2);
      } catch (IOException e) {
        throw new IllegalStateException("memory does not fail", e);
      }
    }
    return out.toByteArray();
  }

  private static byte[] ztoc() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (BuiltZtoc built =
        new ZtocBuilder(ZtocOptions.DEFAULT.withSpanSize(1000))
            .build(new ByteArrayInputStream(LAYER))) {
      built.writeTo(out);
    } catch (IOException e) {
      throw new IllegalStateException("the layer is a good one", e);
    }
    return out.toByteArray();
  }

  /// The zinfo stands in the flatbuffer as it is: a count, the span size, and the first
  /// checkpoint, which is where the gzip header of ten bytes ends.
  private static int firstRecord() {
    byte[] wanted =
        ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(1000).putLong(10).array();
    String ztoc = new String(ZTOC, StandardCharsets.ISO_8859_1);
    return ztoc.indexOf(new String(wanted, StandardCharsets.ISO_8859_1)) + 8;
  }
}
