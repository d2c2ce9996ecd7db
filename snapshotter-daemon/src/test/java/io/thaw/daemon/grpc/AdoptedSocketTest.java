package io.thaw.daemon.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import io.thaw.proto.containerd.snapshots.v1.SnapshotsGrpc;
import io.thaw.proto.containerd.snapshots.v1.StatSnapshotRequest;
import io.thaw.proto.containerd.snapshots.v1.StatSnapshotResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A socket that listened before the daemon came.
class AdoptedSocketTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir Path dir;

  /// Knows no snapshot.
  private static final class Empty extends SnapshotsGrpc.SnapshotsImplBase {
    @Override
    public void stat(StatSnapshotRequest request, StreamObserver<StatSnapshotResponse> answer) {
      answer.onError(Status.NOT_FOUND.asRuntimeException());
    }
  }

  /// Does not answer.
  private static final class Silent extends SnapshotsGrpc.SnapshotsImplBase {
    @Override
    public void stat(StatSnapshotRequest request, StreamObserver<StatSnapshotResponse> answer) {}
  }

  @Test
  void isServedAndStaysWhenTheServerEnds() throws Exception {
    Path path = dir.resolve("s.sock");
    Epoll.ensureAvailability();
    Socket listening = Socket.newSocketDomain();
    listening.bind(new DomainSocketAddress(path.toFile()));
    listening.listen(16);

    try (UnixSocketServer server =
            UnixSocketServer.adopt(listening.intValue(), path, List.of(new Empty()), null);
        SocketProbe probe = new SocketProbe(server.socket())) {
      assertThat(probe.answers(LIMIT)).isTrue();
    }
    assertThat(path).exists();
  }

  @Test
  void aServerThatDoesNotAnswerIsNotWell() throws Exception {
    Path path = dir.resolve("s.sock");
    try (UnixSocketServer server = UnixSocketServer.start(path, List.of(new Silent()));
        SocketProbe probe = new SocketProbe(server.socket())) {
      assertThat(probe.answers(Duration.ofMillis(200))).isFalse();
    }
  }
}
