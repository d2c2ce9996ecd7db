package io.thaw.index;

import io.thaw.index.oci.WriteReport;
import io.thaw.registry.Digest;
import java.util.List;

/// What pushing a v1 index did.
///
/// @param written all zeros if the index was skipped
/// @param existing other indexes the image had in the registry; empty if nobody looked
/// @param skipped whether nothing was pushed because of them
public record ReferrerReport(WriteReport written, List<Digest> existing, boolean skipped) {
  public ReferrerReport {
    existing = List.copyOf(existing);
  }
}
