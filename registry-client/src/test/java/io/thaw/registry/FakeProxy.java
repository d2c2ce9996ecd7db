package io.thaw.registry;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// An HTTP proxy: tunnels for CONNECT, forwarding for the rest, to where routes say.
final class FakeProxy implements AutoCloseable {

  private final ServerSocket listener;
  private final Map<String, String> routes = new ConcurrentHashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile String login = "";

  FakeProxy() throws IOException {
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  String address() {
    return "127.0.0.1:" + listener.getLocalPort();
  }

  /// First lines of what was asked for with a right login.
  List<String> requests() {
    return List.copyOf(requests);
  }

  void route(String name, String address) {
    routes.put(name, address);
  }

  void requireLogin(String user, String password) {
    login = "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8));
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        sockets.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      InputStream in = client.getInputStream();
      OutputStream out = client.getOutputStream();
      String head = head(in);
      if (!login.isEmpty() && !head.contains("Proxy-Authorization: " + login + "\r\n")) {
        answer(out, "407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"p\"");
        return;
      }
      String line = head.substring(0, head.indexOf("\r\n"));
      String[] words = line.split(" ", 3);
      boolean tunnel = words[0].equals("CONNECT");
      String target = tunnel ? words[1] : target(URI.create(words[1]));
      String[] route = routes.getOrDefault(target, "").split(":", 2);
      if (route.length < 2) {
        answer(out, "502 Bad Gateway");
        return;
      }
      requests.add(line);
      try (Socket server = new Socket(route[0], Integer.parseInt(route[1]))) {
        sockets.add(server);
        if (tunnel) {
          out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(ISO_8859_1));
        } else {
          server.getOutputStream().write(forwarded(head, words).getBytes(ISO_8859_1));
        }
        Thread up = Thread.ofVirtual().start(() -> copy(client, server));
        copy(server, client);
        up.interrupt();
      }
    } catch (IOException e) {
      // The client went away.
    }
  }

  private static String forwarded(String head, String[] words) {
    URI uri = URI.create(words[1]);
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    return words[0]
        + " "
        + uri.getRawPath()
        + query
        + " HTTP/1.1\r\nConnection: close\r\n"
        + head.substring(head.indexOf("\r\n") + 2)
            .replaceAll("(?i)(Proxy-Authorization|Connection): [^\r]*\r\n", "");
  }

  private static String target(URI uri) {
    return uri.getHost() + ":" + (uri.getPort() < 0 ? 80 : uri.getPort());
  }

  private static void answer(OutputStream out, String status) throws IOException {
    out.write(("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n").getBytes(ISO_8859_1));
  }

  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("no request");
      }
      head.write(next);
    }
    return head.toString(ISO_8859_1);
  }

  private static void copy(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException e) {
      // The other direction ends the connection.
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
