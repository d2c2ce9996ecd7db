package io.thaw.cli.analyze.start;

import io.thaw.cli.analyze.scan.SpanRanges;
import io.thaw.cli.analyze.tree.FileTable;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/// How much of each layer a set of files needs.
public final class SpanNeeds {
  private SpanNeeds() {}

  /// What a layer must deliver.
  ///
  /// @param layer counted from 0, the lowest
  /// @param files how many of the files lie in it
  /// @param fileBytes their content
  /// @param spans numbers of the spans they lie in; empty if the layer cannot be entered
  /// @param spanCount how many spans the layer has, 0 if it cannot be entered
  /// @param storedBytes stored bytes that must be fetched: of the spans, or the whole layer if it
  ///     cannot be entered
  /// @param layerBytes the layer as stored
  public record LayerNeed(
      int layer,
      int files,
      long fileBytes,
      BitSet spans,
      int spanCount,
      long storedBytes,
      long layerBytes) {}

  /// A layer as it is stored.
  public record StoredLayer(long storedBytes, Optional<SpanRanges> spans) {}

  /// What every layer must deliver, also those that need nothing.
  public static List<LayerNeed> of(
      FileTable table, List<StartFile> files, List<StoredLayer> layers) {
    List<LayerNeed> needs = new ArrayList<>();
    for (int layer = 0; layer < layers.size(); layer++) {
      needs.add(of(table, files, layers.get(layer), layer));
    }
    return needs;
  }

  private static LayerNeed of(
      FileTable table, List<StartFile> files, StoredLayer stored, int layer) {
    BitSet wanted = new BitSet();
    int count = 0;
    long bytes = 0;
    for (StartFile file : files) {
      int row = file.row();
      if (table.layer(row) != layer) {
        continue;
      }
      count++;
      bytes += table.sizeBytes(row);
      if (stored.spans().isPresent() && table.sizeBytes(row) > 0) {
        SpanRanges spans = stored.spans().get();
        long start = table.dataOffset(row);
        wanted.set(spans.spanOf(start), spans.spanOf(start + table.sizeBytes(row) - 1) + 1);
      }
    }
    long fetched =
        stored
            .spans()
            .map(spans -> compressedBytes(spans, wanted))
            .orElse(bytes > 0 ? stored.storedBytes() : 0L);
    return new LayerNeed(
        layer,
        count,
        bytes,
        wanted,
        stored.spans().map(SpanRanges::count).orElse(0),
        fetched,
        stored.storedBytes());
  }

  /// The stored bytes of a set of spans; a byte that neighbours share counts once.
  private static long compressedBytes(SpanRanges spans, BitSet wanted) {
    long total = 0;
    long covered = 0;
    for (int span = wanted.nextSetBit(0); span >= 0; span = wanted.nextSetBit(span + 1)) {
      long start = Math.max(covered, spans.compressedStart(span));
      total += spans.compressedEnd(span) - start;
      covered = spans.compressedEnd(span);
    }
    return total;
  }
}
