package io.thaw.cli.containerd;

import io.thaw.index.oci.OciDescriptor;
import java.time.Instant;
import java.util.Map;

/// A name of containerd's and what it points to.
///
/// @param target an image manifest or an image index
/// @param updated when it was last made to point there
public record ContainerdImage(
    String name, OciDescriptor target, Map<String, String> labels, Instant updated) {
  public ContainerdImage {
    labels = Map.copyOf(labels);
  }
}
