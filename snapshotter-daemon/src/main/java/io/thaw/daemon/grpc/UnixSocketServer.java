package io.thaw.daemon.grpc;

import io.grpc.BindableService;
import io.grpc.HandlerRegistry;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// gRPC on a unix socket that only root may use ([PeerGate]): one of its own, or one that systemd
/// holds.
///
/// One platform thread moves bytes; every request runs on its own virtual thread. A lock file
/// beside the socket tells a living daemon from the socket file a dead one left behind.
public final class UnixSocketServer implements AutoCloseable {
  /// Longest path a `sockaddr_un` holds, without its final zero.
  private static final int MAX_PATH_BYTES = 107;

  private static final int MAX_MESSAGE_BYTES = 16 << 20;

  private final Path socket;
  private final boolean owned;
  private final FileChannel lockFile;
  private final EventLoopGroup loops;
  private final ExecutorService handlers;
  private final Server server;

  private UnixSocketServer(
      Path socket,
      boolean owned,
      FileChannel lockFile,
      EventLoopGroup loops,
      ExecutorService handlers,
      Server server) {
    this.socket = socket;
    this.owned = owned;
    this.lockFile = lockFile;
    this.loops = loops;
    this.handlers = handlers;
    this.server = server;
  }

  /// Listens at `socket` for these services alone.
  public static UnixSocketServer start(Path socket, List<? extends BindableService> services)
      throws IOException {
    return start(socket, services, null);
  }

  /// Listens at `socket`; a file a dead daemon left there is replaced.
  ///
  /// @param others serves the methods of no service; null for none
  /// @throws IOException if another daemon listens there, or the path cannot be used
  public static UnixSocketServer start(
      Path socket, List<? extends BindableService> services, @Nullable HandlerRegistry others)
      throws IOException {
    Path path = socket.toAbsolutePath().normalize();
    if (path.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
      throw new IOException(
          "address %s is longer than the %d bytes a unix socket's path may have"
              .formatted(path, MAX_PATH_BYTES));
    }
    Path directory = path.getParent();
    if (directory != null) {
      Files.createDirectories(directory);
    }
    return serve(
        path,
        true,
        EpollServerDomainSocketChannel::new,
        () -> Files.deleteIfExists(path),
        () -> Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------")),
        services,
        others);
  }

  /// Serves on a socket that listens already and belongs to somebody else, who decides who may use
  /// it. The descriptor is closed with the server; the socket stays.
  ///
  /// @param fd of a listening socket whose calls do not block
  /// @param socket its path
  /// @param others serves the methods of no service; null for none
  /// @throws IOException if another daemon serves there
  public static UnixSocketServer adopt(
      int fd,
      Path socket,
      List<? extends BindableService> services,
      @Nullable HandlerRegistry others)
      throws IOException {
    return serve(socket, false, () -> listening(fd), () -> {}, () -> {}, services, others);
  }

  private interface Step {
    void run() throws IOException;
  }

  private static UnixSocketServer serve(
      Path path,
      boolean owned,
      ChannelFactory<ServerChannel> channels,
      Step before,
      Step after,
      List<? extends BindableService> services,
      @Nullable HandlerRegistry others)
      throws IOException {
    FileChannel lockFile = lock(path);
    boolean started = false;
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    ExecutorService handlers = Executors.newVirtualThreadPerTaskExecutor();
    try {
      before.run();
      PeerGate gate = PeerGate.ofRoot();
      Server server =
          build(path, () -> gated(channels.newChannel(), gate), loops, handlers, services, others);
      server.start();
      after.run();
      started = true;
      return new UnixSocketServer(path, owned, lockFile, loops, handlers, server);
    } finally {
      if (!started) {
        end(loops);
        handlers.close();
        lockFile.close();
      }
    }
  }

  private static ServerChannel gated(ServerChannel channel, PeerGate gate) {
    channel.pipeline().addFirst(gate);
    return channel;
  }

  /// A channel on a socket that is bound: binding it is done with nothing.
  private static ServerChannel listening(int fd) {
    EpollServerDomainSocketChannel channel = new EpollServerDomainSocketChannel(fd);
    channel
        .pipeline()
        .addFirst(
            new ChannelOutboundHandlerAdapter() {
              @Override
              public void bind(
                  ChannelHandlerContext context, SocketAddress address, ChannelPromise bound) {
                bound.setSuccess();
                // What a channel that binds does by itself: begin to accept.
                context.pipeline().fireChannelActive();
              }
            });
    return channel;
  }

  private static Server build(
      Path path,
      ChannelFactory<ServerChannel> channels,
      EventLoopGroup loops,
      ExecutorService handlers,
      List<? extends BindableService> services,
      @Nullable HandlerRegistry others) {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new DomainSocketAddress(path.toFile()))
            .channelFactory(channels)
            .bossEventLoopGroup(loops)
            .workerEventLoopGroup(loops)
            .executor(handlers)
            .intercept(new RequestIds())
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .permitKeepAliveWithoutCalls(true)
            .permitKeepAliveTime(1, TimeUnit.SECONDS);
    services.forEach(builder::addService);
    if (others != null) {
      builder.fallbackHandlerRegistry(others);
    }
    return builder.build();
  }

  private static FileChannel lock(Path socket) throws IOException {
    Path file = socket.resolveSibling(socket.getFileName() + ".lock");
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      channel.close();
      throw new IOException("this process already listens at " + socket, e);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    channel.close();
    throw new IOException(
        "another daemon listens at %s (it holds %s); stop it or choose another address"
            .formatted(socket, file));
  }

  private static void end(EventLoopGroup loops) {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
  }

  /// Where it listens.
  public Path socket() {
    return socket;
  }

  /// Takes no new calls and waits a while for those under way; then they are cancelled.
  public void stop(long timeoutMillis) {
    server.shutdown();
    try {
      if (!server.awaitTermination(timeoutMillis, TimeUnit.MILLISECONDS)) {
        server.shutdownNow();
        server.awaitTermination(timeoutMillis, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  /// Stops and removes the socket, if it is its own. The lock file stays: somebody may wait for
  /// it.
  @Override
  public void close() throws IOException {
    stop(1_000);
    end(loops);
    handlers.shutdownNow();
    if (owned) {
      Files.deleteIfExists(socket);
    }
    lockFile.close();
  }
}
