package io.thaw.it;

import io.thaw.it.node.ContainerdRelease;

/// What containerd 2.x makes of our snapshots, beside what it unpacks itself.
class RootfsComparisonOnContainerd2IT extends RootfsComparisonIT {
  @Override
  ContainerdRelease release() {
    return ContainerdRelease.V2;
  }
}
