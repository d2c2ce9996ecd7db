package io.thaw.cli.containerd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Empty;
import io.grpc.Server;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.thaw.proto.containerd.version.v1.VersionGrpc;
import io.thaw.proto.containerd.version.v1.VersionResponse;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerdClientTest {
  @TempDir private Path dir;

  @Test
  void knowsTheVersionOfWhomItTalksTo() throws IOException {
    try (FakeContainerd containerd = new FakeContainerd();
        ContainerdClient client = containerd.client()) {
      assertThat(client.version()).isEqualTo("1.6.0-fake");
    }
  }

  @Test
  void saysThatThereIsNoSocket() {
    assertThatThrownBy(() -> connect(dir.resolve("none.sock")))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("There is no containerd at " + dir.resolve("none.sock"))
        .hasMessageContaining("--address");
  }

  @Test
  void saysThatAFileIsNoSocket() throws IOException {
    Path file = Files.writeString(dir.resolve("file"), "no socket");

    assertThatThrownBy(() -> connect(file)).hasMessageContaining(file + " is not a socket");
  }

  @Test
  void saysThatNobodyListens() throws IOException {
    Path socket = dir.resolve("stale.sock");
    ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(socket))
        .close();

    assertThatThrownBy(() -> connect(socket)).hasMessageStartingWith("Nobody listens at " + socket);
  }

  @Test
  void tellsAnotherServerFromContainerd() throws IOException {
    Path socket = dir.resolve("other.sock");
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    Server other = FakeContainerd.serve(socket, loop, List.of());
    try {
      assertThatThrownBy(() -> connect(socket)).hasMessageContaining("is not containerd");
    } finally {
      other.shutdownNow();
      loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
  }

  @Test
  void tellsSomethingThatSpeaksNoGrpcFromContainerd() throws Exception {
    Path socket = dir.resolve("mute.sock");
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    Thread closer = Thread.ofVirtual().start(() -> closeWhoeverCalls(server));
    try {
      assertThatThrownBy(() -> connect(socket))
          .hasMessageContaining("Is it containerd that listens there?");
    } finally {
      server.close();
      closer.join();
    }
  }

  @Test
  void waitsNoLongerThanItMay() throws IOException {
    Path socket = dir.resolve("slow.sock");
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    Server slow = FakeContainerd.serve(socket, loop, List.of(new Silent()));
    try {
      ContainerdAddress address = new ContainerdAddress(socket, "default", Duration.ofMillis(50));
      assertThatThrownBy(() -> ContainerdClient.connect(address))
          .hasMessageContaining("took longer than 50 ms")
          .hasMessageContaining("--timeout");
    } finally {
      slow.shutdownNow();
      loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
  }

  private static void closeWhoeverCalls(ServerSocketChannel server) {
    try {
      while (true) {
        server.accept().close();
      }
    } catch (IOException e) {
      return; // the test is over
    }
  }

  private static void connect(Path socket) throws IOException {
    ContainerdClient.connect(new ContainerdAddress(socket, "default", Duration.ZERO)).close();
  }

  /// Never answers.
  private static final class Silent extends VersionGrpc.VersionImplBase {
    @Override
    public void version(Empty request, StreamObserver<VersionResponse> observer) {}
  }
}
