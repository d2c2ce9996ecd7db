package io.thaw.cli.containerd;

import com.google.protobuf.Empty;
import io.grpc.BindableService;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.thaw.proto.containerd.images.v1.CreateImageRequest;
import io.thaw.proto.containerd.images.v1.CreateImageResponse;
import io.thaw.proto.containerd.images.v1.GetImageRequest;
import io.thaw.proto.containerd.images.v1.GetImageResponse;
import io.thaw.proto.containerd.images.v1.Image;
import io.thaw.proto.containerd.images.v1.ImagesGrpc;
import io.thaw.proto.containerd.images.v1.ListImagesRequest;
import io.thaw.proto.containerd.images.v1.ListImagesResponse;
import io.thaw.proto.containerd.images.v1.UpdateImageRequest;
import io.thaw.proto.containerd.images.v1.UpdateImageResponse;
import io.thaw.proto.containerd.leases.v1.AddResourceRequest;
import io.thaw.proto.containerd.leases.v1.CreateRequest;
import io.thaw.proto.containerd.leases.v1.CreateResponse;
import io.thaw.proto.containerd.leases.v1.DeleteRequest;
import io.thaw.proto.containerd.leases.v1.LeasesGrpc;
import io.thaw.proto.containerd.namespaces.v1.ListNamespacesRequest;
import io.thaw.proto.containerd.namespaces.v1.ListNamespacesResponse;
import io.thaw.proto.containerd.namespaces.v1.Namespace;
import io.thaw.proto.containerd.namespaces.v1.NamespacesGrpc;
import io.thaw.proto.containerd.version.v1.VersionGrpc;
import io.thaw.proto.containerd.version.v1.VersionResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/// A containerd that keeps everything in memory and collects nothing: names, leases and, in
/// [FakeContent], blobs. Records every call that changes something.
final class FakeContainerd implements AutoCloseable {
  static final Context.Key<String> LEASE = Context.key("lease");
  private static final Metadata.Key<String> LEASE_HEADER =
      Metadata.Key.of("containerd-lease", Metadata.ASCII_STRING_MARSHALLER);

  final FakeContent content;
  final Map<String, Image> images = new ConcurrentHashMap<>();
  final Set<String> leases = ConcurrentHashMap.newKeySet();

  /// What was asked for, such as "lease create", "keep sha256:…", "lease delete sync".
  final List<String> calls = new CopyOnWriteArrayList<>();

  private final Path directory;
  private final Path socket;
  private final EventLoopGroup loop;
  private final Server server;

  FakeContainerd() throws IOException {
    directory = Files.createTempDirectory("fake-containerd");
    socket = directory.resolve("c.sock");
    content = new FakeContent(calls, leases);
    loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    server =
        serve(
            socket, loop, List.of(new Version(), new Images(), new Leases(), new Names(), content));
  }

  static Server serve(Path socket, EventLoopGroup loop, List<? extends BindableService> services)
      throws IOException {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .channelType(EpollServerDomainSocketChannel.class)
            .bossEventLoopGroup(loop)
            .workerEventLoopGroup(loop)
            .intercept(new LeaseHeader());
    services.forEach(builder::addService);
    return builder.build().start();
  }

  ContainerdClient client() throws IOException {
    return ContainerdClient.connect(new ContainerdAddress(socket, "default", Duration.ZERO));
  }

  Path socket() {
    return socket;
  }

  @Override
  public void close() throws IOException {
    server.shutdownNow();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    Files.deleteIfExists(socket);
    Files.delete(directory);
  }

  static <T> void answer(StreamObserver<T> observer, T answer) {
    observer.onNext(answer);
    observer.onCompleted();
  }

  private static final class LeaseHeader implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      String lease = headers.get(LEASE_HEADER);
      Context context = Context.current().withValue(LEASE, lease == null ? "" : lease);
      return Contexts.interceptCall(context, call, headers, next);
    }
  }

  private static final class Version extends VersionGrpc.VersionImplBase {
    @Override
    public void version(Empty request, StreamObserver<VersionResponse> observer) {
      answer(observer, VersionResponse.newBuilder().setVersion("1.6.0-fake").build());
    }
  }

  private static final class Names extends NamespacesGrpc.NamespacesImplBase {
    @Override
    public void list(
        ListNamespacesRequest request, StreamObserver<ListNamespacesResponse> observer) {
      answer(
          observer,
          ListNamespacesResponse.newBuilder()
              .addNamespaces(Namespace.newBuilder().setName("default"))
              .build());
    }
  }

  private final class Leases extends LeasesGrpc.LeasesImplBase {
    @Override
    public void create(CreateRequest request, StreamObserver<CreateResponse> observer) {
      calls.add("lease create");
      if (!request.containsLabels("containerd.io/gc.expire")) {
        observer.onError(Status.INVALID_ARGUMENT.withDescription("no end").asException());
        return;
      }
      leases.add(request.getId());
      answer(observer, CreateResponse.getDefaultInstance());
    }

    @Override
    public void addResource(AddResourceRequest request, StreamObserver<Empty> observer) {
      calls.add("keep " + request.getResource().getId());
      if (!leases.contains(request.getId())) {
        observer.onError(Status.NOT_FOUND.withDescription("no such lease").asException());
        return;
      }
      answer(observer, Empty.getDefaultInstance());
    }

    @Override
    public void delete(DeleteRequest request, StreamObserver<Empty> observer) {
      calls.add("lease delete" + (request.getSync() ? " sync" : ""));
      leases.remove(request.getId());
      answer(observer, Empty.getDefaultInstance());
    }
  }

  private final class Images extends ImagesGrpc.ImagesImplBase {
    @Override
    public void get(GetImageRequest request, StreamObserver<GetImageResponse> observer) {
      Image image = images.get(request.getName());
      if (image == null) {
        observer.onError(Status.NOT_FOUND.asException());
        return;
      }
      answer(observer, GetImageResponse.newBuilder().setImage(image).build());
    }

    @Override
    public void list(ListImagesRequest request, StreamObserver<ListImagesResponse> observer) {
      answer(
          observer,
          ListImagesResponse.newBuilder().addAllImages(new TreeMap<>(images).values()).build());
    }

    @Override
    public void create(CreateImageRequest request, StreamObserver<CreateImageResponse> observer) {
      Image image = request.getImage();
      calls.add("image create " + image.getName());
      if (images.putIfAbsent(image.getName(), image) != null) {
        observer.onError(Status.ALREADY_EXISTS.asException());
        return;
      }
      answer(observer, CreateImageResponse.getDefaultInstance());
    }

    @Override
    public void update(UpdateImageRequest request, StreamObserver<UpdateImageResponse> observer) {
      Image image = request.getImage();
      Image updated =
          images.computeIfPresent(
              image.getName(), (name, old) -> old.toBuilder().setTarget(image.getTarget()).build());
      if (updated == null) {
        observer.onError(Status.NOT_FOUND.asException());
        return;
      }
      calls.add("image update " + image.getName());
      answer(observer, UpdateImageResponse.getDefaultInstance());
    }
  }
}
