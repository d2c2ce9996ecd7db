package io.thaw.daemon.credential.cri;

import io.grpc.HandlerRegistry;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// CRI's image service, passed on to where it really is.
///
/// Every method of CRI goes through, those of other versions too, as the bytes it came as: fields
/// and methods nobody here has heard of arrive as they were sent. Only `PullImage` is looked at,
/// before it goes on, so that its credentials are known when the layers are asked for.
public final class ImageServiceProxy extends HandlerRegistry implements AutoCloseable {

  private static final String CRI = "runtime.";
  private static final Set<String> PULLS =
      Set.of("runtime.v1.ImageService/PullImage", "runtime.v1alpha2.ImageService/PullImage");
  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  private final EventLoopGroup loops;
  private final ManagedChannel channel;
  private final PullCredentials pulls;

  private ImageServiceProxy(EventLoopGroup loops, ManagedChannel channel, PullCredentials pulls) {
    this.loops = loops;
    this.channel = channel;
    this.pulls = pulls;
  }

  /// Passes calls on to a unix socket; nobody need listen there yet.
  public static ImageServiceProxy to(Path socket, PullCredentials pulls) {
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .channelType(EpollDomainSocketChannel.class)
            .eventLoopGroup(loops)
            .overrideAuthority("localhost")
            .usePlaintext()
            .directExecutor()
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .build();
    return new ImageServiceProxy(loops, channel, pulls);
  }

  @Override
  public @Nullable ServerMethodDefinition<?, ?> lookupMethod(
      String name, @Nullable String authority) {
    if (!name.startsWith(CRI)) {
      return null;
    }
    // Nothing is known of the method: a stream in both directions carries all kinds.
    MethodDescriptor<byte[], byte[]> method =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
            .setFullMethodName(name)
            .setRequestMarshaller(RawBytes.MARSHALLER)
            .setResponseMarshaller(RawBytes.MARSHALLER)
            .build();
    boolean pull = PULLS.contains(name);
    return ServerMethodDefinition.create(
        method,
        (call, headers) ->
            CallRelay.start(
                call,
                headers,
                channel,
                message -> {
                  if (pull) {
                    PullAuth.read(message).ifPresent(pulls::add);
                  }
                }));
  }

  @Override
  public void close() {
    channel.shutdownNow();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
  }
}
