package io.thaw.daemon.grpc;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeerGateTest {
  @TempDir Path dir;
  private EventLoopGroup loops;
  private int asked;

  @BeforeEach
  void start() {
    loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  }

  @AfterEach
  void end() {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  /// A server that greets whoever gets in; what a client of this process reads to the end.
  private String read(PeerGate gate) throws IOException {
    Path socket = dir.resolve("s.sock");
    Channel server =
        new ServerBootstrap()
            .group(loops)
            .channel(EpollServerDomainSocketChannel.class)
            .handler(gate)
            .childHandler(
                new ChannelInboundHandlerAdapter() {
                  @Override
                  public void channelActive(ChannelHandlerContext context) {
                    var _ =
                        context
                            .writeAndFlush(Unpooled.copiedBuffer("welcome", US_ASCII))
                            .addListener(ChannelFutureListener.CLOSE);
                  }
                })
            .bind(new DomainSocketAddress(socket.toFile()))
            .syncUninterruptibly()
            .channel();
    try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      client.connect(UnixDomainSocketAddress.of(socket));
      ByteBuffer text = ByteBuffer.allocate(100);
      while (client.read(text) >= 0) {
        assertThat(text.hasRemaining()).isTrue();
      }
      return new String(text.array(), 0, text.position(), US_ASCII);
    } finally {
      server.close().syncUninterruptibly();
      Files.deleteIfExists(socket);
    }
  }

  @Test
  void whoeverTheKernelSaysToBeAStrangerIsShutOut() throws IOException {
    int own = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    IntPredicate stranger =
        user -> {
          asked++;
          return user != own;
        };
    assertThat(read(new PeerGate(stranger))).isEmpty();
    assertThat(asked).isEqualTo(1);
  }

  @Test
  void theDaemonsOwnUserGetsIn() throws IOException {
    assertThat(read(PeerGate.ofRoot())).isEqualTo("welcome");
  }
}
