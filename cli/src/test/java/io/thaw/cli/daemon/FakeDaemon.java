package io.thaw.cli.daemon;

import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.thaw.proto.control.v1.BeginRecordingRequest;
import io.thaw.proto.control.v1.BeginRecordingResponse;
import io.thaw.proto.control.v1.ControlGrpc;
import io.thaw.proto.control.v1.DropRequest;
import io.thaw.proto.control.v1.DropResponse;
import io.thaw.proto.control.v1.ExplainRequest;
import io.thaw.proto.control.v1.ExplainResponse;
import io.thaw.proto.control.v1.FinishRecordingRequest;
import io.thaw.proto.control.v1.ImportProfileRequest;
import io.thaw.proto.control.v1.PrewarmProgress;
import io.thaw.proto.control.v1.PrewarmRequest;
import io.thaw.proto.control.v1.ProfileInfo;
import io.thaw.proto.control.v1.ProfilesRequest;
import io.thaw.proto.control.v1.ProfilesResponse;
import io.thaw.proto.control.v1.RemoveProfilesRequest;
import io.thaw.proto.control.v1.RemoveProfilesResponse;
import io.thaw.proto.control.v1.StatusRequest;
import io.thaw.proto.control.v1.StatusResponse;
import io.thaw.proto.control.v1.VersionRequest;
import io.thaw.proto.control.v1.VersionResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/// A daemon that answers what it is told to, and remembers what it was asked.
final class FakeDaemon extends ControlGrpc.ControlImplBase implements AutoCloseable {
  volatile StatusResponse status = StatusResponse.getDefaultInstance();
  volatile ExplainResponse explanation = ExplainResponse.getDefaultInstance();
  volatile List<PrewarmProgress> prewarm = List.of();
  volatile Status refusal = Status.OK;
  volatile int dropped;
  final List<PrewarmRequest> prewarms = new ArrayList<>();
  volatile List<ProfileInfo> profiles = List.of();
  final List<String> profileCalls = new CopyOnWriteArrayList<>();
  final List<ExplainRequest> explains = new ArrayList<>();

  private final Path socket;
  private final EventLoopGroup loop;
  private final Server server;

  FakeDaemon(Path directory) throws IOException {
    socket = directory.resolve("d.sock");
    loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    server =
        NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .channelType(EpollServerDomainSocketChannel.class)
            .bossEventLoopGroup(loop)
            .workerEventLoopGroup(loop)
            .addService(this)
            .build()
            .start();
  }

  Path socket() {
    return socket;
  }

  @Override
  public void version(VersionRequest request, StreamObserver<VersionResponse> observer) {
    observer.onNext(VersionResponse.newBuilder().setVersion("1").build());
    observer.onCompleted();
  }

  @Override
  public void status(StatusRequest request, StreamObserver<StatusResponse> observer) {
    answer(observer, status);
  }

  @Override
  public void explain(ExplainRequest request, StreamObserver<ExplainResponse> observer) {
    explains.add(request);
    answer(observer, explanation);
  }

  @Override
  public void drop(DropRequest request, StreamObserver<DropResponse> observer) {
    answer(observer, DropResponse.newBuilder().setLayers(dropped).build());
  }

  @Override
  public void prewarm(PrewarmRequest request, StreamObserver<PrewarmProgress> observer) {
    prewarms.add(request);
    prewarm.forEach(observer::onNext);
    end(observer);
  }

  @Override
  public void profiles(ProfilesRequest request, StreamObserver<ProfilesResponse> observer) {
    profileCalls.add("show " + request.getName());
    answer(observer, ProfilesResponse.newBuilder().addAllProfiles(profiles).build());
  }

  @Override
  public void importProfile(ImportProfileRequest request, StreamObserver<ProfileInfo> observer) {
    profileCalls.add("import " + request.getDocument().toStringUtf8());
    answer(observer, profiles.getFirst());
  }

  @Override
  public void removeProfiles(
      RemoveProfilesRequest request, StreamObserver<RemoveProfilesResponse> observer) {
    profileCalls.add("remove " + request.getName());
    answer(observer, RemoveProfilesResponse.newBuilder().setProfiles(profiles.size()).build());
  }

  @Override
  public void beginRecording(
      BeginRecordingRequest request, StreamObserver<BeginRecordingResponse> observer) {
    profileCalls.add("begin " + request.getName() + " " + request.getMaxSeconds());
    answer(observer, BeginRecordingResponse.newBuilder().setLayers(2).setLayersNotSeen(1).build());
  }

  @Override
  public void finishRecording(
      FinishRecordingRequest request, StreamObserver<ProfileInfo> observer) {
    profileCalls.add("finish " + request.getName());
    answer(observer, profiles.getFirst());
  }

  private <T> void answer(StreamObserver<T> observer, T answer) {
    if (refusal.isOk()) {
      observer.onNext(answer);
    }
    end(observer);
  }

  private void end(StreamObserver<?> observer) {
    if (refusal.isOk()) {
      observer.onCompleted();
    } else {
      observer.onError(refusal.asRuntimeException());
    }
  }

  @Override
  public void close() {
    server.shutdownNow();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
