package io.thaw.fuzz.targets;

import io.thaw.ztoc.Compression;
import io.thaw.ztoc.SpanTable;
import io.thaw.ztoc.Ztoc;
import java.io.IOException;

/// The zTOC reader on any bytes: it reads them or says by an exception of its own what is wrong;
/// what it keeps is in proportion to the file; and what it has read can be used.
///
/// Input: the zTOC, its zeros packed by [Zeros].
public final class ZtocFuzz {
  private static final ZtocFile FILE = ZtocFile.create();

  /// Heap that a table may hold for each byte of its file, and what even an empty one holds.
  private static final long HEAP_PER_BYTE = 16;

  private static final long HEAP_AT_LEAST = 16 << 10;

  private ZtocFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    byte[] file = Zeros.unpack(data);
    try (Ztoc ztoc = Ztoc.open(FILE.with(file))) {
      Oracle.check(
          ztoc.toc().heapBytes() <= HEAP_AT_LEAST + HEAP_PER_BYTE * file.length,
          file.length + " bytes became a table of " + ztoc.toc().heapBytes());
      readSpans(ztoc);
      for (int entry = 0; entry < ztoc.toc().count(); entry++) {
        ztoc.toc().name(entry);
        ztoc.allPaxRecords(entry);
      }
      Trees.check(ztoc.toc());
    } catch (IOException e) {
      // The reader's way to refuse.
    }
  }

  private static void readSpans(Ztoc ztoc) throws IOException {
    SpanTable spans = ztoc.spans();
    byte[] window = new byte[Ztoc.WINDOW_BYTES];
    long end = 0;
    for (int span = 0; span < spans.count(); span++) {
      Oracle.check(
          spans.compressedStart(span) >= 0 && spans.compressedLength(span) >= 0,
          "span " + span + " has no range of stored bytes");
      Oracle.check(
          spans.uncompressedStart(span) == end && spans.uncompressedLength(span) >= 0,
          "span " + span + " does not start where the one before ends");
      end = spans.uncompressedEnd(span);
      if (ztoc.compression() == Compression.GZIP) {
        ztoc.readWindow(span, window, 0);
      }
    }
    Oracle.check(end == spans.uncompressedSizeBytes(), "the spans do not cover the tar");
  }
}
