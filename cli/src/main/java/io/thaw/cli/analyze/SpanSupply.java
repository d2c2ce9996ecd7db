package io.thaw.cli.analyze;

import io.thaw.cli.analyze.scan.SpanRanges;
import io.thaw.registry.Descriptor;
import java.io.IOException;
import java.util.Optional;

/// Knows where the spans of layers lie that have been indexed before.
@FunctionalInterface
public interface SpanSupply {
  /// Knows none.
  SpanSupply NONE = layer -> Optional.empty();

  Optional<SpanRanges> find(Descriptor layer) throws IOException;
}
