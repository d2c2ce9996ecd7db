package io.thaw.daemon.debug;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CountDownLatch;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class DebugServerTest {
  @TempDir Path directory;

  private static HttpResponse<byte[]> send(DebugServer server, String method, String path)
      throws Exception {
    int port = ((InetSocketAddress) server.address()).getPort();
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
              .method(method, HttpRequest.BodyPublishers.noBody())
              .build(),
          BodyHandlers.ofByteArray());
    }
  }

  private static String text(DebugServer server, String path) throws Exception {
    HttpResponse<byte[]> response = send(server, "GET", path);
    assertThat(response.statusCode()).isEqualTo(200);
    return new String(response.body(), StandardCharsets.UTF_8);
  }

  @Test
  void showsThreadsVirtualOnesToo() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(1);
    Thread waits =
        Thread.ofVirtual()
            .name("a-reader-that-waits")
            .start(
                () -> {
                  begun.countDown();
                  try {
                    end.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    begun.await();
    try (DebugServer server = DebugServer.start("127.0.0.1:0")) {
      assertThat(text(server, "/debug/threads")).contains("main").contains("a-reader-that-waits");
    } finally {
      end.countDown();
      waits.join();
    }
  }

  @Test
  void showsHeapFlagsAndVersions() throws Exception {
    try (DebugServer server = DebugServer.start("localhost:0")) {
      assertThat(text(server, "/debug/heap")).contains("java.lang.String");
      assertThat(text(server, "/debug/flags")).contains("MaxHeapSize");
      assertThat(text(server, "/debug/vm")).contains("uptime").contains("heap");
      assertThat(text(server, "/debug/")).contains("/debug/threads");
    }
  }

  @Test
  void recordsAFlightAndHandsItOver() throws Exception {
    try (DebugServer server = DebugServer.start("127.0.0.1:0")) {
      assertThat(text(server, "/debug/jfr")).contains("Nothing");
      assertThat(send(server, "POST", "/debug/jfr/stop").statusCode()).isEqualTo(409);
      assertThat(send(server, "POST", "/debug/jfr/start?seconds=600").statusCode()).isEqualTo(200);
      assertThat(text(server, "/debug/jfr")).contains("RUNNING");

      Path file = directory.resolve("thawd.jfr");
      Files.write(file, send(server, "POST", "/debug/jfr/stop").body());
      assertThat(RecordingFile.readAllEvents(file)).isNotEmpty();
      assertThat(text(server, "/debug/jfr")).contains("Nothing");
    }
  }

  @Test
  void refusesWhatItDoesNotKnow() throws Exception {
    try (DebugServer server = DebugServer.start("127.0.0.1:0")) {
      assertThat(send(server, "GET", "/debug/dump").statusCode()).isEqualTo(404);
      assertThat(send(server, "POST", "/debug/threads").statusCode()).isEqualTo(404);
      assertThat(send(server, "POST", "/debug/jfr/start?seconds=x").statusCode()).isEqualTo(400);
      assertThat(send(server, "POST", "/debug/jfr/start?seconds=0").statusCode()).isEqualTo(400);
      assertThat(send(server, "POST", "/debug/jfr/start?settings=../x").statusCode())
          .isEqualTo(400);
    }
  }

  @Test
  void listensOnAUnixSocketOfRootsAlone() throws Exception {
    Path socket = directory.resolve("debug.sock");
    try (DebugServer _ = DebugServer.start("unix://" + socket)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
          .isEqualTo("rw-------");
      assertThat(ask(socket, "GET /debug/vm HTTP/1.1\r\nHost: x\r\n\r\n"))
          .startsWith("HTTP/1.1 200 OK")
          .contains("uptime");
    }
    assertThat(socket).doesNotExist();
  }

  private static String ask(Path socket, String request) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      ByteBuffer piece = ByteBuffer.allocate(8192);
      while (channel.read(piece) >= 0) {
        answer.write(piece.array(), 0, piece.position());
        piece.clear();
      }
      return answer.toString(StandardCharsets.UTF_8);
    }
  }

  @Test
  void isForThisHostAlone() {
    assertThatThrownBy(() -> DebugServer.start("0.0.0.0:6060"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("of this host alone");
    assertThatThrownBy(() -> DebugServer.start("6060"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("host:port");
  }
}
