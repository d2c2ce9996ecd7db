package io.thaw.index.start;

import io.thaw.index.PrefetchArtifact;
import io.thaw.index.PrefetchArtifact.SpanRange;
import io.thaw.index.start.StartProfile.Step;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// A profile as ranges to be fetched one after the other, over all layers.
///
/// Neighbours that are needed at about the same time come with one range, although a start touches
/// them in any order: the profile is cut into pieces of a few megabytes, growing, because at first
/// a reader waits for the first bytes and later for the link; within a piece neighbours are joined.
public final class StartPlan {
  private static final long FIRST_PIECE_BYTES = 4L << 20;
  private static final long LARGEST_PIECE_BYTES = 32L << 20;

  private StartPlan() {}

  private record Part(int layer, int first, int last, int order) {}

  /// The ranges of each layer of the profile, in the profile's order of layers. Their priorities
  /// are ranks over all layers: the lowest is to be fetched first.
  public static List<List<SpanRange>> of(StartProfile profile) {
    List<List<SpanRange>> layers = new ArrayList<>();
    profile.layers().forEach(_ -> layers.add(new ArrayList<>()));
    long limit = FIRST_PIECE_BYTES;
    List<Step> piece = new ArrayList<>();
    long bytes = 0;
    int rank = 0;
    for (Step step : profile.wanted()) {
      piece.add(step);
      bytes += step.bytes();
      if (bytes >= limit) {
        rank = rank(joined(piece), rank, layers);
        piece.clear();
        bytes = 0;
        limit = Math.min(2 * limit, LARGEST_PIECE_BYTES);
      }
    }
    int _ = rank(joined(piece), rank, layers);
    layers.forEach(ranges -> ranges.sort(Comparator.comparingInt(SpanRange::priority)));
    return layers;
  }

  /// The ranges of one layer as the artifact SOCI knows.
  public static PrefetchArtifact artifact(List<SpanRange> ranges) {
    return new PrefetchArtifact(
        ranges.stream().sorted(Comparator.comparingInt(SpanRange::firstSpan)).toList());
  }

  private static int rank(List<Part> parts, int from, List<List<SpanRange>> layers) {
    int rank = from;
    for (Part part : parts) {
      layers.get(part.layer).add(new SpanRange(part.first, part.last, rank++));
    }
    return rank;
  }

  /// Joins neighbours; a range comes where the first of its spans did.
  private static List<Part> joined(List<Step> piece) {
    List<Part> single = new ArrayList<>();
    for (int i = 0; i < piece.size(); i++) {
      Step step = piece.get(i);
      single.add(new Part(step.layer(), step.span(), step.span(), i));
    }
    single.sort(Comparator.comparingInt(Part::layer).thenComparingInt(Part::first));
    List<Part> parts = new ArrayList<>();
    for (Part next : single) {
      Part last = parts.isEmpty() ? null : parts.getLast();
      if (last != null && last.layer == next.layer && next.first <= last.last + 1) {
        parts.set(
            parts.size() - 1,
            new Part(
                last.layer,
                last.first,
                Math.max(last.last, next.last),
                Math.min(last.order, next.order)));
      } else {
        parts.add(next);
      }
    }
    parts.sort(Comparator.comparingInt(Part::order));
    return parts;
  }
}
