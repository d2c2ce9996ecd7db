package io.thaw.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RunStatsTest {
  private final RunStats stats = new RunStats();

  @Test
  void readsWhatTheFuzzerPrints() {
    read(
        """
        #2	INITED cov: 1 ft: 1 corp: 1/1b exec/s: 0 rss: 474Mb
        #262144	pulse  cov: 498 ft: 2346 corp: 297/20Kb lim: 1060 exec/s: 10485 rss: 479Mb
        #276360	DONE   cov: 499 ft: 2361 corp: 298/21Kb lim: 1120 exec/s: 10629 rss: 479Mb
        Done 276360 runs in 26 second(s)
        stat::number_of_executed_units: 276360
        stat::peak_rss_mb:              479
        """);
    assertThat(stats.executions()).isEqualTo(276_360);
    assertThat(stats.edges()).isEqualTo(499);
    assertThat(stats.features()).isEqualTo(2361);
    assertThat(stats.corpusInputs()).isEqualTo(298);
    assertThat(stats.peakMemoryMebibytes()).isEqualTo(479);
    assertThat(stats.findings()).isZero();
  }

  @Test
  void countsExceptionsAndHangs() {
    read(
        """
        == Java Exception: java.lang.AssertionError: the bytes differ
        stat::number_of_executed_units: 17
        ==4711== ERROR: libFuzzer: timeout after 26 seconds
        """);
    assertThat(stats.findings()).isEqualTo(2);
    assertThat(stats.executions()).isEqualTo(17);
  }

  private void read(String output) {
    output.lines().forEach(stats::line);
  }
}
