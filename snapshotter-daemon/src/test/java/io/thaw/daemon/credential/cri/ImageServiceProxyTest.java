package io.thaw.daemon.credential.cri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.CallOptions;
import io.grpc.HandlerRegistry;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.thaw.daemon.grpc.UnixSocketServer;
import io.thaw.proto.cri.v1.AuthConfig;
import io.thaw.proto.cri.v1.ImageSpec;
import io.thaw.proto.cri.v1.PullImageRequest;
import io.thaw.registry.Credentials;
import io.thaw.registry.Repository;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A caller, the proxy on our server, and a service behind it, over real unix sockets.
class ImageServiceProxyTest {

  private static final long PATIENCE_SECONDS = 120;

  private Path dir;
  private UnixSocketServer behind;
  private UnixSocketServer ours;
  private ImageServiceProxy proxy;
  private EventLoopGroup loops;
  private ManagedChannel channel;
  private final PullCredentials pulls = PullCredentials.inMemory();
  private final List<String> methods = new CopyOnWriteArrayList<>();
  private final Map<String, byte[]> requests = new ConcurrentHashMap<>();
  private final CountDownLatch cancelled = new CountDownLatch(1);
  private volatile byte[] answer = {1, 2, 3};
  private volatile int answers = 1;
  private volatile Status status = Status.OK;
  private volatile boolean silent;

  /// Takes every method and answers with what the test wants.
  private final class Anything extends HandlerRegistry {
    @Override
    public ServerMethodDefinition<?, ?> lookupMethod(String name, String authority) {
      return ServerMethodDefinition.create(raw(name), this::handle);
    }

    private ServerCall.Listener<byte[]> handle(ServerCall<byte[], byte[]> call, Metadata headers) {
      String name = call.getMethodDescriptor().getFullMethodName();
      methods.add(name);
      call.request(1);
      return new ServerCall.Listener<>() {
        @Override
        public void onMessage(byte[] message) {
          requests.put(name, message);
        }

        @Override
        public void onHalfClose() {
          if (silent) {
            return;
          }
          call.sendHeaders(new Metadata());
          for (int i = 0; status.isOk() && i < answers; i++) {
            call.sendMessage(answer);
          }
          call.close(status, new Metadata());
        }

        @Override
        public void onCancel() {
          cancelled.countDown();
        }
      };
    }
  }

  private static MethodDescriptor<byte[], byte[]> raw(String name) {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
        .setFullMethodName(name)
        .setRequestMarshaller(RawBytes.MARSHALLER)
        .setResponseMarshaller(RawBytes.MARSHALLER)
        .build();
  }

  private static MethodDescriptor<byte[], byte[]> of(
      String name, MethodDescriptor.MethodType type) {
    return raw(name).toBuilder().setType(type).build();
  }

  @BeforeEach
  void start() throws IOException {
    dir = Files.createTempDirectory("cri");
    behind = UnixSocketServer.start(dir.resolve("c.sock"), List.of(), new Anything());
    proxy = ImageServiceProxy.to(dir.resolve("c.sock"), pulls);
    ours = UnixSocketServer.start(dir.resolve("t.sock"), List.of(), proxy);
    loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    channel =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(dir.resolve("t.sock").toFile()))
            .channelType(EpollDomainSocketChannel.class)
            .eventLoopGroup(loops)
            .overrideAuthority("localhost")
            .maxInboundMessageSize(64 << 20)
            .usePlaintext()
            .build();
  }

  @AfterEach
  void stop() throws IOException {
    channel.shutdownNow();
    ours.close();
    proxy.close();
    behind.close();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    for (String name : List.of("c.sock.lock", "t.sock.lock")) {
      Files.deleteIfExists(dir.resolve(name));
    }
    Files.deleteIfExists(dir);
  }

  private byte[] call(String name, byte[] request) {
    return ClientCalls.blockingUnaryCall(
        channel,
        of(name, MethodDescriptor.MethodType.UNARY),
        CallOptions.DEFAULT.withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS),
        request);
  }

  private static byte[] pull(String password) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PullImageRequest.newBuilder()
        .setImage(ImageSpec.newBuilder().setImage("r.io/team/app:1"))
        .setAuth(AuthConfig.newBuilder().setUsername("ada").setPassword(password))
        .build()
        .writeTo(out);
    // A field of a later version: number 99, a length and three bytes.
    out.writeBytes(new byte[] {(byte) 0x9a, 0x06, 3, 7, 8, 9});
    return out.toByteArray();
  }

  @Test
  void aPullGoesThroughByteForByteAndItsLoginIsRemembered() throws IOException {
    for (String version : List.of("v1", "v1alpha2")) {
      String method = "runtime." + version + ".ImageService/PullImage";
      assertThat(call(method, pull(version))).isEqualTo(answer);
      assertThat(requests.get(method)).isEqualTo(pull(version));
      assertThat(pulls.credentialsFor(new Repository("r.io", "team/app")))
          .contains(new Credentials.Basic("ada", version));
    }
  }

  @Test
  void methodsAndMessagesNobodyKnowsGoThrough() {
    byte[] junk = {(byte) 0xff, 0, (byte) 0xff, 3};
    answer = new byte[1 << 20];
    assertThat(call("runtime.v9.ImageService/Whatever", junk)).isEqualTo(answer);
    assertThat(requests.get("runtime.v9.ImageService/Whatever")).isEqualTo(junk);
    answer = new byte[0];
    assertThat(call("runtime.v1.RuntimeService/Version", new byte[0])).isEmpty();
    assertThat(pulls.credentialsFor(new Repository("r.io", "team/app"))).isEmpty();
  }

  @Test
  void streamsGoThroughAtThePaceOfTheReader() {
    answers = 50;
    answer = new byte[256 << 10];
    Iterator<byte[]> stream =
        ClientCalls.blockingServerStreamingCall(
            channel,
            of("runtime.v1.ImageService/Stream", MethodDescriptor.MethodType.SERVER_STREAMING),
            CallOptions.DEFAULT.withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS),
            new byte[] {1});
    List<Integer> sizes = new ArrayList<>();
    stream.forEachRemaining(message -> sizes.add(message.length));
    assertThat(sizes).hasSize(50).containsOnly(answer.length);
  }

  @Test
  void errorsComeBackAsTheyAre() {
    status = Status.NOT_FOUND.withDescription("no such image, said the runtime");
    StatusRuntimeException e =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () -> call("runtime.v1.ImageService/ImageStatus", new byte[0]));
    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(e.getStatus().getDescription()).isEqualTo("no such image, said the runtime");
  }

  @Test
  void whoGivesUpGivesUpForTheServiceBehindToo() throws InterruptedException {
    silent = true;
    StatusRuntimeException e =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () ->
                ClientCalls.blockingUnaryCall(
                    channel,
                    of("runtime.v1.ImageService/Slow", MethodDescriptor.MethodType.UNARY),
                    CallOptions.DEFAULT.withDeadlineAfter(2, TimeUnit.SECONDS),
                    new byte[0]));
    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    if (methods.contains("runtime.v1.ImageService/Slow")) {
      assertThat(cancelled.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void nobodyBehindIsUnavailableAndOtherServicesAreUnimplemented() throws IOException {
    behind.close();
    assertThat(
            catchThrowableOfType(
                    StatusRuntimeException.class,
                    () -> call("runtime.v1.ImageService/ListImages", new byte[0]))
                .getStatus()
                .getCode())
        .isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(
            catchThrowableOfType(
                    StatusRuntimeException.class, () -> call("other.Service/X", new byte[0]))
                .getStatus()
                .getCode())
        .isEqualTo(Status.Code.UNIMPLEMENTED);
  }
}
