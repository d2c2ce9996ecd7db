package io.thaw.cli.daemon;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.thaw.proto.control.v1.ControlGrpc;
import io.thaw.proto.control.v1.ControlGrpc.ControlBlockingV2Stub;
import io.thaw.proto.control.v1.DiagnoseRequest;
import io.thaw.proto.control.v1.DiagnoseResponse;
import io.thaw.proto.control.v1.VersionRequest;
import io.thaw.proto.control.v1.VersionResponse;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// A connection to thawd's control API. Safe for many threads until closed.
public final class DaemonClient implements AutoCloseable {
  private static final int MAX_MESSAGE_BYTES = 64 << 20;
  private static final long ANSWER_SECONDS = 30;

  /// Every host of a registry may take its time.
  private static final long DIAGNOSE_SECONDS = 300;

  private final Path socket;
  private final EventLoopGroup loop;
  private final ManagedChannel channel;

  private DaemonClient(Path socket, EventLoopGroup loop, ManagedChannel channel) {
    this.socket = socket;
    this.loop = loop;
    this.channel = channel;
  }

  /// Connects, and makes sure that it is the daemon that answers.
  ///
  /// @throws IOException if it does not; the message says what to do
  public static DaemonClient connect(Path socket) throws IOException {
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    // Without keep-alive, which gRPC sets and Netty warns that a unix socket does not have.
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .eventLoopGroup(loop)
            .channelType(EpollDomainSocketChannel.class, DomainSocketAddress.class)
            .withOption(ChannelOption.SO_KEEPALIVE, null)
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .usePlaintext()
            .build();
    DaemonClient client = new DaemonClient(socket, loop, channel);
    try {
      var _ = client.version();
      return client;
    } catch (IOException e) {
      client.close();
      throw e;
    }
  }

  private VersionResponse version() throws IOException {
    try {
      return ControlGrpc.newBlockingV2Stub(channel)
          .withDeadlineAfter(ANSWER_SECONDS, TimeUnit.SECONDS)
          .version(VersionRequest.getDefaultInstance());
    } catch (StatusException e) {
      throw failure("say its version", e);
    }
  }

  /// What `thaw doctor` wants to know.
  ///
  /// @param image whose registry is tried; empty for none
  public DiagnoseResponse diagnose(String image) throws IOException {
    try {
      return calls()
          .withDeadlineAfter(DIAGNOSE_SECONDS, TimeUnit.SECONDS)
          .diagnose(DiagnoseRequest.newBuilder().setReference(image).build());
    } catch (StatusException e) {
      throw failure("tell how it is", e);
    }
  }

  /// The calls, without a deadline: some of them last.
  ControlBlockingV2Stub calls() {
    return ControlGrpc.newBlockingV2Stub(channel);
  }

  /// What a failed call means to the person who made it.
  ///
  /// @param doing the thing tried, as it stands after "could not"
  IOException failure(String doing, StatusException failure) {
    Status status = failure.getStatus();
    String told =
        status.getDescription() == null ? status.getCode().name() : status.getDescription();
    return switch (status.getCode()) {
      case UNAVAILABLE -> new IOException(unreachable(), failure);
      case UNIMPLEMENTED ->
          new IOException(
              "what answers at "
                  + socket
                  + " is no thawd, or one too old to "
                  + doing
                  + "; name thawd's socket with --daemon",
              failure);
      case CANCELLED -> (IOException) new InterruptedIOException("interrupted").initCause(failure);
      default -> new IOException("thawd could not " + doing + ": " + told, failure);
    };
  }

  /// Looks at the socket itself, which tells more than gRPC does.
  private String unreachable() {
    if (!Files.exists(socket)) {
      Path directory = socket.getParent();
      if (directory != null && Files.exists(directory) && !Files.isExecutable(directory)) {
        return "permission denied at " + directory + "; only root may talk to thawd, use sudo";
      }
      return "thawd is not running: there is no socket "
          + socket
          + ". Start it (systemctl start thaw, or thawd), or name its socket with --daemon";
    }
    return Files.isWritable(socket)
        ? "thawd is not running: nobody listens at "
            + socket
            + ". Start it again; its log says why it ended"
        : "permission denied at " + socket + "; only root may talk to thawd, use sudo";
  }

  @Override
  public void close() {
    channel.shutdownNow();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
