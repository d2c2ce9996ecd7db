package io.thaw.bench.start;

import io.thaw.bench.Medians;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Medians of runs, figure by figure.
final class StartMedians {
  private StartMedians() {}

  static StartFigures of(List<StartFigures> runs) {
    return new StartFigures(
        median(runs, StartFigures::pullSeconds),
        median(runs, StartFigures::startSeconds),
        median(runs, StartFigures::totalSeconds),
        median(runs, StartFigures::bytesUntilReady),
        median(runs, StartFigures::requestsUntilReady),
        known(runs, StartFigures::settledSeconds),
        median(runs, StartFigures::daemonCpuSeconds),
        known(runs, StartFigures::daemonCpuSettledSeconds),
        median(runs, StartFigures::daemonPeakRssBytes),
        median(runs, StartFigures::diskBytes),
        median(runs, StartFigures::lazyLayers));
  }

  private static double median(List<StartFigures> runs, Function<StartFigures, Double> figure) {
    return Medians.median(runs.stream().map(figure).toList());
  }

  private static @Nullable Double known(
      List<StartFigures> runs, Function<StartFigures, @Nullable Double> figure) {
    List<Double> values = runs.stream().map(figure).filter(Objects::nonNull).toList();
    return values.isEmpty() ? null : Medians.median(values);
  }
}
