package io.thaw.cli.containerd;

import com.google.protobuf.Empty;
import io.grpc.ManagedChannel;
import io.grpc.StatusException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.thaw.proto.containerd.introspection.v1.PluginsRequest;
import io.thaw.proto.containerd.version.v1.VersionResponse;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A connection to containerd, in one of its namespaces. Safe for many threads until closed.
public final class ContainerdClient implements AutoCloseable {
  /// containerd sends no larger message unless it is configured to.
  private static final int MAX_MESSAGE_BYTES = 16 << 20;

  private static final String SNAPSHOTTER = "io.containerd.snapshotter.v1";

  private final ContainerdAddress address;
  private final EventLoopGroup loop;
  private final ManagedChannel channel;
  private final Calls calls;
  private final String version;

  private ContainerdClient(
      ContainerdAddress address,
      EventLoopGroup loop,
      ManagedChannel channel,
      Calls calls,
      String version) {
    this.address = address;
    this.loop = loop;
    this.channel = channel;
    this.calls = calls;
    this.version = version;
  }

  /// Connects, and makes sure that it is containerd that answers.
  ///
  /// @throws IOException if nobody does, or may not be asked; the message says which and what to do
  public static ContainerdClient connect(ContainerdAddress address) throws IOException {
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    // Without keep-alive, which gRPC sets and Netty warns that a unix socket does not have.
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(address.socket().toFile()))
            .eventLoopGroup(loop)
            .channelType(EpollDomainSocketChannel.class, DomainSocketAddress.class)
            .withOption(ChannelOption.SO_KEEPALIVE, null)
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .usePlaintext()
            .build();
    try {
      Calls calls = Calls.over(channel, address.namespace(), address.timeout());
      VersionResponse answer = calls.version().version(Empty.getDefaultInstance());
      return new ContainerdClient(address, loop, channel, calls, answer.getVersion());
    } catch (StatusException e) {
      end(channel, loop);
      throw Failure.of(address, "say its version", e);
    }
  }

  public ContainerdAddress address() {
    return address;
  }

  /// containerd's version, as it says it.
  public String version() {
    return version;
  }

  /// The namespace's images.
  public List<ContainerdImage> images() throws IOException {
    return new ImageNames(this).all();
  }

  /// The snapshotters it has, by name, with what each exports.
  public Map<String, Map<String, String>> snapshotters() throws IOException {
    try {
      Map<String, Map<String, String>> snapshotters = new HashMap<>();
      calls
          .introspection()
          .plugins(PluginsRequest.newBuilder().addFilters("type==" + SNAPSHOTTER).build())
          .getPluginsList()
          .forEach(plugin -> snapshotters.put(plugin.getId(), plugin.getExportsMap()));
      return snapshotters;
    } catch (StatusException e) {
      throw failure("list its plugins", e);
    }
  }

  @Override
  public void close() {
    end(channel, loop);
  }

  @Override
  public String toString() {
    return "containerd at " + address.socket() + ", namespace " + address.namespace();
  }

  Calls calls() {
    return calls;
  }

  /// @param doing the thing tried, as it stands after "could not"
  IOException failure(String doing, StatusException failure) {
    return Failure.of(address, doing, failure);
  }

  private static void end(ManagedChannel channel, EventLoopGroup loop) {
    channel.shutdownNow();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
