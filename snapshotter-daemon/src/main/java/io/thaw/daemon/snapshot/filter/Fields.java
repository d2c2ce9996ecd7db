package io.thaw.daemon.snapshot.filter;

import java.util.List;
import java.util.Optional;

/// The fields of something that is filtered.
@FunctionalInterface
public interface Fields {

  /// The value at a path such as `["labels", "a", "b"]`; empty if there is none.
  Optional<String> value(List<String> path);
}
