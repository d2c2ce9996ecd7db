package io.thaw.daemon.grpc;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.thaw.proto.containerd.snapshots.v1.SnapshotsGrpc;
import io.thaw.proto.containerd.snapshots.v1.StatSnapshotRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// Asks a snapshotter, through its socket as containerd does, for something that needs its
/// metadata.
public final class SocketProbe implements AutoCloseable {
  /// A name containerd never gives: its own begin with a namespace.
  private static final String NOBODY = "thaw-probe";

  private final EventLoopGroup loop;
  private final ManagedChannel channel;

  public SocketProbe(Path socket) {
    loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    channel =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .eventLoopGroup(loop)
            .channelType(EpollDomainSocketChannel.class, DomainSocketAddress.class)
            .usePlaintext()
            .build();
  }

  /// Whether the snapshotter has looked into its metadata within `limit`.
  public boolean answers(Duration limit) {
    try {
      SnapshotsGrpc.newBlockingStub(channel)
          .withDeadlineAfter(limit.toMillis(), TimeUnit.MILLISECONDS)
          .stat(StatSnapshotRequest.newBuilder().setKey(NOBODY).build());
      return true;
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode() == Status.Code.NOT_FOUND;
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
    var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
