package io.thaw.bench.scale;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/// Who nodes get bytes from.
enum Topology {
  REGISTRY("one registry"),
  RACK_MIRRORS("a mirror in each rack"),
  PEERS("peers");

  private final String title;

  Topology(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }

  /// As it is written on the command line.
  String option() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// @throws IllegalArgumentException if there is none of that name
  static Topology of(String option) {
    return Arrays.stream(values())
        .filter(topology -> topology.option().equals(option))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "--topology is one of "
                        + Arrays.stream(values())
                            .map(Topology::option)
                            .collect(Collectors.joining(", "))
                        + ", not "
                        + option));
  }

  Source source(Cluster cluster, double serviceSeconds, long seed) {
    return switch (this) {
      case REGISTRY -> new RegistryAlone(cluster, serviceSeconds);
      case RACK_MIRRORS -> new RackMirrors(cluster, serviceSeconds);
      case PEERS -> new Peers(cluster, serviceSeconds, seed);
    };
  }
}
