package io.thaw.it;

import io.thaw.it.node.ContainerdRelease;

/// The kubelet and `ctr` on containerd 2.x.
class CtrOnContainerd2IT extends CtrIT {
  @Override
  ContainerdRelease release() {
    return ContainerdRelease.V2;
  }
}
