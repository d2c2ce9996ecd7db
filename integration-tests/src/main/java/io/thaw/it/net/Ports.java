package io.thaw.it.net;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/// TCP ports of loopback for servers that close and listen again.
///
/// They lie below the range the kernel takes for outgoing connections (32768 and up unless
/// configured otherwise), so that no client of this machine sits on a port while its server is
/// away.
public final class Ports {
  private static final int FIRST = 15_000;
  private static final int END = 32_000;
  private static final int TRIES = 200;
  private static final long REBIND_NANOS = TimeUnit.SECONDS.toNanos(10);

  private Ports() {}

  /// A port nobody listens on now.
  public static int free() throws IOException {
    try (ServerSocket socket = listenOnFree()) {
      return socket.getLocalPort();
    }
  }

  /// A listening socket on a port nobody had.
  static ServerSocket listenOnFree() throws IOException {
    for (int i = 0; ; i++) {
      try {
        return listen(ThreadLocalRandom.current().nextInt(FIRST, END));
      } catch (BindException e) {
        if (i == TRIES) {
          throw e;
        }
      }
    }
  }

  /// Listens again on a port whose socket was closed a moment ago. The kernel may still be letting
  /// go of it when another thread was in a call on the old socket, so this tries for a while.
  static ServerSocket listenAgain(int port) throws IOException {
    long deadline = System.nanoTime() + REBIND_NANOS;
    while (true) {
      try {
        return listen(port);
      } catch (BindException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        Thread.onSpinWait();
      }
    }
  }

  private static ServerSocket listen(int port) throws IOException {
    ServerSocket socket = new ServerSocket();
    try {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 512);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }
}
