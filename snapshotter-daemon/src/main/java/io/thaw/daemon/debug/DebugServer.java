package io.thaw.daemon.debug;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.thaw.daemon.grpc.PeerGate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Serves {@link DebugPages} on a unix socket that only root may use, or on a loopback address.
///
/// HTTP/1.1, one request per connection; a page is made on a virtual thread of its own.
public final class DebugServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DebugServer.class);
  private static final int MAX_REQUEST_BYTES = 16 << 10;

  private final EventLoopGroup loops;
  private final Recordings recordings;
  private final Channel channel;

  private DebugServer(EventLoopGroup loops, Recordings recordings, Channel channel) {
    this.loops = loops;
    this.recordings = recordings;
    this.channel = channel;
  }

  /// Listens at `address`.
  ///
  /// @param address a path, with or without `unix://`, or `host:port`; port 0 takes a free one
  /// @throws IOException if it is no address of this host alone, or is taken
  public static DebugServer start(String address) throws IOException {
    SocketAddress place = parse(address);
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    Recordings recordings = new Recordings();
    try {
      if (place instanceof DomainSocketAddress socket) {
        Files.deleteIfExists(Path.of(socket.path()));
      }
      Channel channel =
          new ServerBootstrap()
              .group(loops)
              .channel(
                  place instanceof DomainSocketAddress
                      ? EpollServerDomainSocketChannel.class
                      : EpollServerSocketChannel.class)
              .handler(PeerGate.ofRoot())
              .childHandler(pipeline(new DebugPages(recordings)))
              .bind(place)
              .syncUninterruptibly()
              .channel();
      if (place instanceof DomainSocketAddress socket) {
        Files.setPosixFilePermissions(
            Path.of(socket.path()), PosixFilePermissions.fromString("rw-------"));
      }
      return new DebugServer(loops, recordings, channel);
    } catch (Exception e) {
      end(loops);
      // syncUninterruptibly throws what binding threw, checked or not.
      throw new IOException("debug_address " + address + ": " + e.getMessage(), e);
    }
  }

  private static SocketAddress parse(String address) throws IOException {
    String path = address.startsWith("unix://") ? address.substring(7) : address;
    if (path.startsWith("/")) {
      return new DomainSocketAddress(path);
    }
    int colon = address.lastIndexOf(':');
    String host = address.substring(0, Math.max(0, colon));
    String port = address.substring(colon + 1);
    if (host.isEmpty() || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65_535) {
      throw new IOException(
          "debug_address " + address + ": expected a path or host:port, such as 127.0.0.1:6060");
    }
    InetAddress found = InetAddress.getByName(host);
    if (!found.isLoopbackAddress()) {
      throw new IOException(
          "debug_address "
              + address
              + ": whoever reaches it sees into the daemon, so it has to be of this host alone:"
              + " use 127.0.0.1 or the path of a unix socket");
    }
    return new InetSocketAddress(found, Integer.parseInt(port));
  }

  private static ChannelInitializer<Channel> pipeline(DebugPages pages) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel connection) {
        connection
            .pipeline()
            .addLast(new HttpServerCodec())
            .addLast(new HttpObjectAggregator(MAX_REQUEST_BYTES))
            .addLast(new Handler(pages));
      }
    };
  }

  private static final class Handler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private final DebugPages pages;

    Handler(DebugPages pages) {
      this.pages = pages;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      QueryStringDecoder query = new QueryStringDecoder(request.uri());
      String method = request.method().name();
      Map<String, String> parameters = new HashMap<>();
      query.parameters().forEach((name, values) -> parameters.put(name, values.getFirst()));
      Thread.ofVirtual()
          .name("debug")
          .start(
              () ->
                  context
                      .writeAndFlush(response(page(method, query.path(), parameters)))
                      .addListener(ChannelFutureListener.CLOSE));
    }

    private DebugPages.Page page(String method, String path, Map<String, String> parameters) {
      try {
        return pages.answer(method, path, parameters);
      } catch (IllegalArgumentException e) {
        return DebugPages.Page.text(400, e.getMessage() + "\n");
      } catch (IllegalStateException e) {
        return DebugPages.Page.text(409, e.getMessage() + "\n");
      } catch (IOException | RuntimeException e) {
        LOG.atWarn().addKeyValue("path", path).setCause(e).log("a debug page failed");
        return DebugPages.Page.text(500, e.getMessage() + "\n");
      }
    }

    private static FullHttpResponse response(DebugPages.Page page) {
      FullHttpResponse response =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1,
              HttpResponseStatus.valueOf(page.status()),
              Unpooled.wrappedBuffer(page.body()));
      response
          .headers()
          .set(HttpHeaderNames.CONTENT_TYPE, page.type())
          .set(HttpHeaderNames.CONTENT_LENGTH, page.body().length)
          .set(HttpHeaderNames.CONNECTION, "close");
      return response;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      var _ = context.close();
    }
  }

  /// Where it listens; the port is the one taken.
  public SocketAddress address() {
    return channel.localAddress();
  }

  @Override
  public void close() throws IOException {
    SocketAddress place = channel.localAddress();
    channel.close().awaitUninterruptibly();
    end(loops);
    recordings.close();
    if (place instanceof DomainSocketAddress socket) {
      Files.deleteIfExists(Path.of(socket.path()));
    }
  }

  private static void end(EventLoopGroup loops) {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
  }
}
