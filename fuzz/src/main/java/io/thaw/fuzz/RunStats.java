package io.thaw.fuzz;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a run of libFuzzer, which Jazzer drives, prints about itself, read line by line.
///
/// Not safe for use by more than one thread.
final class RunStats {
  private static final Pattern STATUS =
      Pattern.compile("#(\\d+)\\s+\\w+\\s+cov: (\\d+) ft: (\\d+) corp: (\\d+)/.*");
  private static final Pattern EXECUTED =
      Pattern.compile("stat::number_of_executed_units:\\s+(\\d+)");
  private static final Pattern PEAK = Pattern.compile("stat::peak_rss_mb:\\s+(\\d+)");
  private static final Pattern FAILURE =
      Pattern.compile("== Java Exception: .*|==\\d+== ?ERROR: libFuzzer: .*|.*ALARM: .*");

  private long executions;
  private int edges;
  private int features;
  private int corpusInputs;
  private int peakMemoryMebibytes;
  private int findings;

  void line(String line) {
    Matcher status = STATUS.matcher(line);
    if (status.matches()) {
      executions = Math.max(executions, Long.parseLong(status.group(1)));
      edges = Integer.parseInt(status.group(2));
      features = Integer.parseInt(status.group(3));
      corpusInputs = Integer.parseInt(status.group(4));
      return;
    }
    Matcher executed = EXECUTED.matcher(line);
    if (executed.matches()) {
      executions = Math.max(executions, Long.parseLong(executed.group(1)));
      return;
    }
    Matcher peak = PEAK.matcher(line);
    if (peak.matches()) {
      peakMemoryMebibytes = Integer.parseInt(peak.group(1));
      return;
    }
    if (FAILURE.matcher(line).matches()) {
      findings++;
    }
  }

  /// Inputs tried.
  long executions() {
    return executions;
  }

  /// Branches of our code that some input took.
  int edges() {
    return edges;
  }

  /// Edges told apart by how often they were taken, and by the values compared on them.
  int features() {
    return features;
  }

  /// Inputs kept because each reached something new.
  int corpusInputs() {
    return corpusInputs;
  }

  int peakMemoryMebibytes() {
    return peakMemoryMebibytes;
  }

  /// Exceptions, hangs and exhausted memory.
  int findings() {
    return findings;
  }
}
