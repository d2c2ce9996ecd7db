package io.thaw.it;

import io.thaw.it.node.ContainerdRelease;

/// The main job on containerd 2.x.
class LazyStartOnContainerd2IT extends LazyStartIT {
  @Override
  ContainerdRelease release() {
    return ContainerdRelease.V2;
  }
}
