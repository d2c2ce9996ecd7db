package io.thaw.bench;

import java.util.List;

/// Statistics that a few outliers do not move.
public final class Medians {
  private Medians() {}

  /// The middle value, or the mean of the two in the middle.
  ///
  /// @throws IllegalArgumentException if there is none
  public static double median(List<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("there is no median of no values");
    }
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /// The median of `values[i] / references[i]`: each pair was measured one after the other, so what
  /// else the machine was doing falls out.
  ///
  /// @throws IllegalArgumentException if the lists are empty or of different length
  public static double medianRatio(List<Double> values, List<Double> references) {
    if (values.size() != references.size()) {
      throw new IllegalArgumentException(
          values.size() + " values cannot be paired with " + references.size() + " references");
    }
    Double[] ratios = new Double[values.size()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = values.get(i) / references.get(i);
    }
    return median(List.of(ratios));
  }
}
