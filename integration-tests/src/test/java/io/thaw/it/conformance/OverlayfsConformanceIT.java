package io.thaw.it.conformance;

import io.thaw.it.node.Containerd;
import io.thaw.it.node.Node;
import io.thaw.it.node.SnapshotsClient;
import java.io.IOException;
import java.nio.file.Path;

/// containerd's own overlayfs snapshotter: what it does not do, the rules cannot ask of anybody.
class OverlayfsConformanceIT extends SnapshotterConformance {
  OverlayfsConformanceIT() throws IOException {}

  @Override
  SnapshotsClient start(Node node) throws IOException {
    Path log = node.dir().resolve("containerd.log");
    Containerd containerd =
        node.own(
            Containerd.start(
                Containerd.Setup.in(node.dir("containerd"), log, null, "localhost/none:1")
                    .on(release())));
    return new SnapshotsClient(containerd.socket(), "conformance", "overlayfs");
  }
}
