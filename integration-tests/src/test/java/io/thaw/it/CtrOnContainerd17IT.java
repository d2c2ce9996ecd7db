package io.thaw.it;

import io.thaw.it.node.ContainerdRelease;

/// The kubelet and `ctr` on containerd 1.7.
class CtrOnContainerd17IT extends CtrIT {
  @Override
  ContainerdRelease release() {
    return ContainerdRelease.V1_7;
  }
}
