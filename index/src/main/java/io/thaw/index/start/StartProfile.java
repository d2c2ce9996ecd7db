package io.thaw.index.start;

import io.thaw.registry.Digest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// Which spans of an image's layers starts needed, in the order of their first use.
///
/// Spans that too few of the recordings touched are remembered, because they may become a habit,
/// and not [wanted][#wanted].
///
/// @param manifest digest of the image's manifest
/// @param image reference it was pulled by, for people; may be empty
/// @param recordedAt when the latest recording ended
/// @param layers those whose reads were seen
/// @param steps in the order of their first use
public record StartProfile(
    Digest manifest, String image, Instant recordedAt, List<LayerRef> layers, List<Step> steps) {

  /// More are not kept: such a start reads the whole image.
  public static final int MAX_STEPS = 65_536;

  /// As many layers as an image may have.
  public static final int MAX_LAYERS = 512;

  /// What earlier recordings saw is forgotten.
  public static final int MAX_RECORDINGS = 8;

  /// A layer, by the zTOC whose spans are meant.
  ///
  /// @param bytes stored bytes of the whole layer
  /// @param recordings how many starts were seen to read it
  public record LayerRef(Digest layer, Digest ztoc, long bytes, int recordings) {}

  /// A span, when it was first touched.
  ///
  /// @param layer place in the list of layers
  /// @param bytes compressed bytes of the span
  /// @param atMillis since the first touch of the start
  /// @param history in which of the layer's recordings it was touched, a bit for each, the latest
  ///     one lowest; never 0
  public record Step(int layer, int span, long bytes, int atMillis, int history) {}

  public StartProfile {
    layers = List.copyOf(layers);
    steps = List.copyOf(steps);
    if (layers.size() > MAX_LAYERS || steps.size() > MAX_STEPS) {
      throw new IllegalArgumentException(
          "a profile has at most %d layers and %d spans, not %d and %d"
              .formatted(MAX_LAYERS, MAX_STEPS, layers.size(), steps.size()));
    }
  }

  /// The place of a layer with this zTOC, if its reads were seen.
  public OptionalInt indexOf(Digest layer, Digest ztoc) {
    for (int i = 0; i < layers.size(); i++) {
      if (layers.get(i).layer().equals(layer) && layers.get(i).ztoc().equals(ztoc)) {
        return OptionalInt.of(i);
      }
    }
    return OptionalInt.empty();
  }

  /// The layer, if its reads were seen, whatever its zTOC.
  public Optional<LayerRef> layer(Digest layer) {
    return layers.stream().filter(ref -> ref.layer().equals(layer)).findFirst();
  }

  /// The spans to fetch ahead: those that at least half of their layer's recordings touched.
  /// Fetching one that is not needed costs about as much as waiting for one that is.
  public List<Step> wanted() {
    return steps.stream()
        .filter(step -> 2 * Integer.bitCount(step.history) >= layers.get(step.layer).recordings)
        .toList();
  }

  /// This profile and a later recording of the same image together.
  ///
  /// Steps are in the order of the later recording; those it lacks come at their old times. A layer
  /// that has another zTOC by now is taken from the later recording alone.
  ///
  /// @throws IllegalArgumentException if it is another image's
  public StartProfile mergedWith(StartProfile later) {
    if (!later.manifest.equals(manifest)) {
      throw new IllegalArgumentException(
          "a profile of %s is not one of %s".formatted(later.manifest, manifest));
    }
    return new Merge(this, later).result();
  }

  /// One merge.
  private static final class Merge {
    private record Key(int layer, int span) {}

    private final StartProfile older;
    private final StartProfile later;
    private final List<LayerRef> layers = new ArrayList<>();
    private final Map<Key, Step> steps = new HashMap<>();

    Merge(StartProfile older, StartProfile later) {
      this.older = older;
      this.later = later;
    }

    StartProfile result() {
      int[] olderPlaces = placesOfOlder();
      int[] laterPlaces = placesOfLater();
      for (Step step : older.steps) {
        int place = olderPlaces[step.layer];
        if (place >= 0) {
          int history = step.history << recordingsSince(older.layers.get(step.layer));
          put(place, step, history);
        }
      }
      for (Step step : later.steps) {
        int place = laterPlaces[step.layer];
        Step before = steps.get(new Key(place, step.span));
        put(place, step, step.history | (before == null ? 0 : before.history));
      }
      List<Step> kept =
          steps.values().stream()
              .sorted(
                  Comparator.comparingInt(Step::atMillis)
                      .thenComparingInt(Step::layer)
                      .thenComparingInt(Step::span))
              .limit(MAX_STEPS)
              .toList();
      return new StartProfile(older.manifest, later.image, later.recordedAt, layers, kept);
    }

    private void put(int place, Step step, int history) {
      int known = history & ((1 << layers.get(place).recordings) - 1);
      if (known != 0) {
        steps.put(
            new Key(place, step.span),
            new Step(place, step.span, step.bytes, step.atMillis, known));
      }
    }

    private int recordingsSince(LayerRef ref) {
      OptionalInt again = later.indexOf(ref.layer, ref.ztoc);
      return again.isPresent() ? later.layers.get(again.getAsInt()).recordings : 0;
    }

    /// Where the layers of the older profile go; -1 for one whose zTOC is outdated.
    private int[] placesOfOlder() {
      int[] places = new int[older.layers.size()];
      for (int i = 0; i < places.length; i++) {
        LayerRef ref = older.layers.get(i);
        OptionalInt again = later.indexOf(ref.layer, ref.ztoc);
        boolean outdated = again.isEmpty() && later.layer(ref.layer).isPresent();
        places[i] = outdated ? -1 : layers.size();
        if (!outdated) {
          int recordings = Math.min(MAX_RECORDINGS, ref.recordings + recordingsSince(ref));
          layers.add(new LayerRef(ref.layer, ref.ztoc, ref.bytes, recordings));
        }
      }
      return places;
    }

    private int[] placesOfLater() {
      int[] places = new int[later.layers.size()];
      for (int i = 0; i < places.length; i++) {
        LayerRef ref = later.layers.get(i);
        places[i] = -1;
        for (int known = 0; known < layers.size(); known++) {
          LayerRef other = layers.get(known);
          if (other.layer.equals(ref.layer) && other.ztoc.equals(ref.ztoc)) {
            places[i] = known;
          }
        }
        if (places[i] < 0) {
          places[i] = layers.size();
          layers.add(ref);
        }
      }
      return places;
    }
  }
}
