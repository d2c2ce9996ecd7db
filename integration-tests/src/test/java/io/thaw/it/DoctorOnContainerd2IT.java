package io.thaw.it;

import io.thaw.it.node.ContainerdRelease;

/// `thaw doctor` on a node with containerd 2.x, whose configuration has other keys.
class DoctorOnContainerd2IT extends DoctorIT {
  @Override
  ContainerdRelease release() {
    return ContainerdRelease.V2;
  }
}
