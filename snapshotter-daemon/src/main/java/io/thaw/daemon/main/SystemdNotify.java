package io.thaw.daemon.main;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// Tells systemd how the daemon is (`Type=notify`).
final class SystemdNotify {
  private final String address;

  SystemdNotify(Map<String, String> environment) {
    String socket = environment.getOrDefault("NOTIFY_SOCKET", "");
    // An abstract address begins with @ there and with a zero byte here.
    this.address = socket.startsWith("@") ? "\0" + socket.substring(1) : socket;
  }

  /// Sends a state such as `READY=1`; does nothing where systemd does not listen.
  void send(String state) throws IOException {
    if (address.isEmpty() || !Epoll.isAvailable()) {
      return;
    }
    Socket socket = Socket.newSocketDomainDgram();
    try {
      socket.connect(new DomainSocketAddress(address));
      byte[] bytes = state.getBytes(StandardCharsets.UTF_8);
      ByteBuffer message = ByteBuffer.allocateDirect(bytes.length);
      message.put(bytes).flip();
      socket.write(message, message.position(), message.limit());
    } finally {
      socket.close();
    }
  }
}
