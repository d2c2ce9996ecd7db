package io.thaw.fuzz;

import io.thaw.fuse.kernel.FuseFuzz;
import io.thaw.fuzz.targets.ConfigFuzz;
import io.thaw.fuzz.targets.GoJsonFuzz;
import io.thaw.fuzz.targets.InflateFuzz;
import io.thaw.fuzz.targets.LayerFuzz;
import io.thaw.fuzz.targets.ManifestFuzz;
import io.thaw.fuzz.targets.ReferenceFuzz;
import io.thaw.fuzz.targets.SpanFuzz;
import io.thaw.fuzz.targets.TarFuzz;
import io.thaw.fuzz.targets.ZtocFuzz;
import io.thaw.registry.RegistryFuzz;
import java.util.Locale;
import java.util.function.Consumer;

/// Every fuzz target, in the order in which they run.
public enum FuzzTarget {
  INFLATE(InflateFuzz.class, InflateFuzz::fuzzerTestOneInput),
  TAR(TarFuzz.class, TarFuzz::fuzzerTestOneInput),
  LAYER(LayerFuzz.class, LayerFuzz::fuzzerTestOneInput),
  ZTOC(ZtocFuzz.class, ZtocFuzz::fuzzerTestOneInput),
  SPAN(SpanFuzz.class, SpanFuzz::fuzzerTestOneInput),
  MANIFEST(ManifestFuzz.class, ManifestFuzz::fuzzerTestOneInput),
  GOJSON(GoJsonFuzz.class, GoJsonFuzz::fuzzerTestOneInput),
  REFERENCE(ReferenceFuzz.class, ReferenceFuzz::fuzzerTestOneInput),
  REGISTRY(RegistryFuzz.class, RegistryFuzz::fuzzerTestOneInput),
  CONFIG(ConfigFuzz.class, ConfigFuzz::fuzzerTestOneInput),
  FUSE(FuseFuzz.class, FuseFuzz::fuzzerTestOneInput);

  /// The longest input the fuzzer makes; every seed is shorter.
  static final int MAX_INPUT_BYTES = 8192;

  private final Class<?> type;

  @SuppressWarnings("ImmutableEnumChecker") // a static method, without state
  private final Consumer<byte[]> entry;

  FuzzTarget(Class<?> type, Consumer<byte[]> entry) {
    this.type = type;
    this.entry = entry;
  }

  /// How the command line and the directories call it.
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The class the fuzzer is given.
  String className() {
    return type.getName();
  }

  /// Runs the target once.
  void run(byte[] input) {
    entry.accept(input);
  }
}
