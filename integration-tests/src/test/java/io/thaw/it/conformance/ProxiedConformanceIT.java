package io.thaw.it.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status.Code;
import io.thaw.it.node.Containerd;
import io.thaw.it.node.Node;
import io.thaw.it.node.SnapshotsClient;
import io.thaw.it.node.Thawd;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// Our daemon behind containerd, which adds namespaces and keeps names of its own.
class ProxiedConformanceIT extends SnapshotterConformance {
  private Path socket = Path.of("");

  ProxiedConformanceIT() throws IOException {}

  @Override
  SnapshotsClient start(Node node) throws IOException {
    Path log = node.dir().resolve("thawd.log");
    Thawd thawd = node.own(Thawd.start(Thawd.Setup.in(node.dir("thawd"), log)));
    Path containerdLog = node.dir().resolve("containerd.log");
    Containerd containerd =
        node.own(
            Containerd.start(
                Containerd.Setup.in(
                        node.dir("containerd"), containerdLog, thawd.socket(), "localhost/none:1")
                    .on(release())));
    socket = containerd.socket();
    return new SnapshotsClient(socket, "conformance", "thaw");
  }

  @Test
  void namespacesDoNotSeeEachOther() {
    snapshots().prepare(name("key"), "", KEPT);
    try (SnapshotsClient other = new SnapshotsClient(socket, "other", "thaw")) {
      assertRefused(Code.NOT_FOUND, () -> other.stat(name("key")));
      other.prepare(name("key"), "", KEPT);
      other.remove(name("key"));
    }
    assertThat(snapshots().stat(name("key")).getName()).isEqualTo(name("key"));
  }
}
