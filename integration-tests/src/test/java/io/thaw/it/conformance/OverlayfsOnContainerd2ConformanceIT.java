package io.thaw.it.conformance;

import io.thaw.it.node.ContainerdRelease;
import java.io.IOException;

/// The overlayfs snapshotter of containerd 2.x: the rules as that release sees them.
class OverlayfsOnContainerd2ConformanceIT extends OverlayfsConformanceIT {
  OverlayfsOnContainerd2ConformanceIT() throws IOException {}

  @Override
  ContainerdRelease release() {
    return ContainerdRelease.V2;
  }
}
