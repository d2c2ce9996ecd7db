package io.thaw.daemon.grpc;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.PeerCredentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Stands before a listening unix socket and lets in whom the kernel says to be root or the
/// daemon's own user, whatever the socket's mode is. A socket has the mode of the umask for a
/// moment before it gets its own, and one that systemd holds has the mode that somebody wrote into
/// its unit.
@Sharable
public final class PeerGate extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(PeerGate.class);
  private static final int ROOT = 0;

  private final IntPredicate users;

  /// @param users who may come in, by user id
  PeerGate(IntPredicate users) {
    this.users = users;
  }

  /// For root and the user of this process.
  ///
  /// @throws IOException if it cannot be told who that is
  public static PeerGate ofRoot() throws IOException {
    if (!(Files.getAttribute(Path.of("/proc/self"), "unix:uid") instanceof Integer own)) {
      throw new IOException("the owner of /proc/self cannot be told");
    }
    return new PeerGate(user -> user == ROOT || user == own);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof EpollDomainSocketChannel connection && !mayEnter(connection)) {
      connection.unsafe().closeForcibly();
      return;
    }
    context.fireChannelRead(message);
  }

  private boolean mayEnter(EpollDomainSocketChannel connection) {
    try {
      PeerCredentials peer = connection.peerCredentials();
      if (users.test(peer.uid())) {
        return true;
      }
      LOG.atWarn()
          .addKeyValue("user", peer.uid())
          .addKeyValue("process", peer.pid())
          .log("refused a connection: only root may talk to thawd");
    } catch (IOException e) {
      LOG.atWarn().setCause(e).log("refused a connection: who it is cannot be told");
    }
    return false;
  }
}
