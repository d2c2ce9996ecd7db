package io.thaw.it.conformance;

import io.thaw.it.node.ContainerdRelease;
import java.io.IOException;

/// Our daemon behind containerd 2.x.
class ProxiedByContainerd2ConformanceIT extends ProxiedConformanceIT {
  ProxiedByContainerd2ConformanceIT() throws IOException {}

  @Override
  ContainerdRelease release() {
    return ContainerdRelease.V2;
  }
}
