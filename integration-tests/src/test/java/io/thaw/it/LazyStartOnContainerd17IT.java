package io.thaw.it;

import io.thaw.it.node.ContainerdRelease;

/// The main job on containerd 1.7.
class LazyStartOnContainerd17IT extends LazyStartIT {
  @Override
  ContainerdRelease release() {
    return ContainerdRelease.V1_7;
  }
}
