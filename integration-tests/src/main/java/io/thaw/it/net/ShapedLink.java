package io.thaw.it.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A TCP proxy on loopback that behaves like a longer, slower line to the server behind it.
///
/// Each direction has one rate, shared by all connections, and half of the round trip as delay; a
/// new connection costs one round trip more. What is not modelled: loss, and TCP's slow start. It
/// counts the bytes of each direction and the HTTP/1.1 requests, and it can be cut and mended,
/// which resets connections the way a dying server does. Thread-safe.
public final class ShapedLink implements AutoCloseable {
  private final LinkRate rate;
  private final InetSocketAddress server;
  private final Pacer up;
  private final Pacer down;
  private final AtomicLong bytesUp = new AtomicLong();
  private final AtomicLong bytesDown = new AtomicLong();
  private final AtomicLong requests = new AtomicLong();
  private final Set<LinkConnection> connections = ConcurrentHashMap.newKeySet();
  private final int port;
  private volatile @Nullable ServerSocket listener;

  private ShapedLink(LinkRate rate, InetSocketAddress server) throws IOException {
    this.rate = rate;
    this.server = server;
    this.up = new Pacer(rate.nanosPerByte());
    this.down = new Pacer(rate.nanosPerByte());
    ServerSocket socket = Ports.listenOnFree();
    this.port = socket.getLocalPort();
    accept(socket);
  }

  /// Opens a link to a port of this machine.
  public static ShapedLink to(int serverPort, LinkRate rate) throws IOException {
    return new ShapedLink(
        rate, new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort));
  }

  /// `127.0.0.1:port` of the near end.
  public String address() {
    return "127.0.0.1:" + port;
  }

  public LinkRate rate() {
    return rate;
  }

  /// Bytes that have arrived at the near end since the link was opened.
  public long bytesDown() {
    return bytesDown.get();
  }

  public long bytesUp() {
    return bytesUp.get();
  }

  /// HTTP/1.1 requests seen since the link was opened.
  public long requests() {
    return requests.get();
  }

  /// Resets every connection and refuses new ones.
  public void cut() throws IOException {
    ServerSocket open = listener;
    listener = null;
    if (open != null) {
      open.close();
    }
    for (LinkConnection connection : connections) {
      connection.reset();
    }
  }

  /// Takes connections again after [#cut].
  public void mend() throws IOException {
    if (listener == null) {
      accept(Ports.listenAgain(port));
    }
  }

  @Override
  public void close() throws IOException {
    cut();
  }

  private void accept(ServerSocket socket) {
    listener = socket;
    Thread.ofVirtual().name("link-accept").start(() -> acceptAll(socket));
  }

  private void acceptAll(ServerSocket socket) {
    while (!socket.isClosed()) {
      try {
        open(socket.accept());
      } catch (IOException e) {
        if (!socket.isClosed()) {
          System.err.println("The shaped link lost a connection: " + e.getMessage());
        }
      }
    }
  }

  private void open(Socket near) throws IOException {
    Socket far = new Socket();
    try {
      far.connect(server);
    } catch (IOException e) {
      near.setSoLinger(true, 0);
      near.close();
      throw e;
    }
    near.setTcpNoDelay(true);
    far.setTcpNoDelay(true);
    LinkConnection connection = new LinkConnection(near, far, connections::remove);
    connections.add(connection);
    if (listener == null) {
      connection.reset();
      return;
    }
    long established = System.nanoTime() + 2 * rate.oneWay().toNanos();
    connection.start(
        new LinkDirection(up, rate.oneWay(), established, this::countUp),
        new LinkDirection(down, rate.oneWay(), established, (b, n) -> bytesDown.addAndGet(n)));
  }

  private void countUp(byte[] data, int length) {
    bytesUp.addAndGet(length);
    if (startsRequest(data, length)) {
      requests.incrementAndGet();
    }
  }

  // A client sends a request's head in one piece, so a piece that begins with a method is a
  // request.
  private static boolean startsRequest(byte[] data, int length) {
    if (length < 5) {
      return false;
    }
    int i = 0;
    while (i < Math.min(length, 8) && data[i] >= 'A' && data[i] <= 'Z') {
      i++;
    }
    return i >= 3 && i < length && data[i] == ' ';
  }
}
