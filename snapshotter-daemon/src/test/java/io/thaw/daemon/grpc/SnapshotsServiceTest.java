package io.thaw.daemon.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.FieldMask;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.thaw.daemon.snapshot.FakeLayers;
import io.thaw.daemon.snapshot.Labels;
import io.thaw.daemon.snapshot.MetadataStore;
import io.thaw.daemon.snapshot.OverlayMounts;
import io.thaw.daemon.snapshot.SnapshotDirectories;
import io.thaw.daemon.snapshot.Snapshotter;
import io.thaw.proto.containerd.snapshots.v1.CleanupRequest;
import io.thaw.proto.containerd.snapshots.v1.CommitSnapshotRequest;
import io.thaw.proto.containerd.snapshots.v1.Info;
import io.thaw.proto.containerd.snapshots.v1.Kind;
import io.thaw.proto.containerd.snapshots.v1.ListSnapshotsRequest;
import io.thaw.proto.containerd.snapshots.v1.MountsRequest;
import io.thaw.proto.containerd.snapshots.v1.PrepareSnapshotRequest;
import io.thaw.proto.containerd.snapshots.v1.RemoveSnapshotRequest;
import io.thaw.proto.containerd.snapshots.v1.SnapshotsGrpc;
import io.thaw.proto.containerd.snapshots.v1.StatSnapshotRequest;
import io.thaw.proto.containerd.snapshots.v1.UpdateSnapshotRequest;
import io.thaw.proto.containerd.snapshots.v1.UsageRequest;
import io.thaw.proto.containerd.snapshots.v1.ViewSnapshotRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotsServiceTest {
  @TempDir Path directory;
  private final FakeLayers layers = new FakeLayers();
  private final ConcurrentLinkedQueue<String> calls = new ConcurrentLinkedQueue<>();
  private MetadataStore store;
  private UnixSocketServer server;
  private EventLoopGroup loops;
  private ManagedChannel channel;
  private SnapshotsGrpc.SnapshotsBlockingStub containerd;

  @BeforeEach
  void start() throws IOException {
    Path root = Files.createDirectory(directory.resolve("root"));
    store = MetadataStore.open(root.resolve("metadata.db"));
    server = UnixSocketServer.start(socket(), List.of(service(root)));
    loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    channel =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(socket().toFile()))
            .channelType(EpollDomainSocketChannel.class)
            .eventLoopGroup(loops)
            .usePlaintext()
            .build();
    containerd = SnapshotsGrpc.newBlockingStub(channel).withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  private SnapshotsService service(Path root) throws IOException {
    Snapshotter snapshotter =
        new Snapshotter(
            store, SnapshotDirectories.open(root), new OverlayMounts(List.of()), layers, layers);
    return new SnapshotsService(snapshotter, (method, code, _) -> calls.add(method + " " + code));
  }

  @AfterEach
  void stop() throws IOException {
    channel.shutdownNow();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    server.close();
    store.close();
  }

  @Test
  void aClientWalksTheWholeLifeOfASnapshot() {
    var mounts = containerd.prepare(prepare("a", "")).getMountsList();
    assertThat(mounts.getFirst().getType()).isEqualTo("bind");
    containerd.commit(
        CommitSnapshotRequest.newBuilder().setKey("a").setName("base").putLabels("k", "v").build());
    Info info = containerd.stat(StatSnapshotRequest.newBuilder().setKey("base").build()).getInfo();
    assertThat(info.getKind()).isEqualTo(Kind.COMMITTED);
    assertThat(info.getLabelsMap()).containsEntry("k", "v");
    assertThat(info.getCreatedAt().getSeconds()).isPositive();

    containerd.view(ViewSnapshotRequest.newBuilder().setKey("v").setParent("base").build());
    assertThat(
            containerd
                .mounts(MountsRequest.newBuilder().setKey("v").build())
                .getMounts(0)
                .getOptionsList())
        .containsExactly("ro", "rbind");
    assertThat(containerd.usage(UsageRequest.newBuilder().setKey("base").build()).getInodes())
        .isEqualTo(1);
    var update =
        UpdateSnapshotRequest.newBuilder()
            .setInfo(Info.newBuilder().setName("base").putLabels("n", "1"))
            .setUpdateMask(FieldMask.newBuilder().addPaths("labels.n"))
            .build();
    assertThat(containerd.update(update).getInfo().getLabelsMap()).hasSize(2);

    assertStatus(Status.Code.FAILED_PRECONDITION, () -> containerd.remove(remove("base")));
    containerd.remove(remove("v"));
    containerd.remove(remove("base"));
    containerd.cleanup(CleanupRequest.getDefaultInstance());
    assertThat(names(List.of())).isEmpty();
    assertThat(calls).contains("Prepare OK", "Remove FAILED_PRECONDITION", "Cleanup OK", "List OK");
  }

  @Test
  void errorsAreCodesWithADescription() {
    assertStatus(
        Status.Code.NOT_FOUND,
        () -> containerd.stat(StatSnapshotRequest.newBuilder().setKey("nope").build()));
    assertStatus(Status.Code.INVALID_ARGUMENT, () -> names(List.of("name=")));
    containerd.prepare(prepare("a", ""));
    assertStatus(Status.Code.ALREADY_EXISTS, () -> containerd.prepare(prepare("a", "")));
  }

  @Test
  void aRemoteLayerAnswersThatItAlreadyExists() {
    layers.offerLazy(3);
    var request = prepare("e", "").toBuilder().putLabels(Labels.TARGET, "sha256:t").build();

    assertStatus(Status.Code.ALREADY_EXISTS, () -> containerd.prepare(request));

    assertThat(names(List.of("labels.\"containerd.io/snapshot.ref\"==sha256:t")))
        .containsExactly("sha256:t");
  }

  @Test
  void longListsArriveInSeveralMessages() {
    for (int i = 0; i < 201; i++) {
      containerd.prepare(prepare("k" + i, ""));
    }
    List<Integer> sizes = new ArrayList<>();
    containerd
        .list(ListSnapshotsRequest.getDefaultInstance())
        .forEachRemaining(r -> sizes.add(r.getInfoCount()));

    assertThat(sizes).containsExactly(100, 100, 1);
  }

  @Test
  void onlyRootMayUseTheSocket() throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())))
        .isEqualTo("rw-------");
  }

  @Test
  void aSecondDaemonIsRefusedAndTheFirstGoesOn() {
    assertThatThrownBy(() -> UnixSocketServer.start(socket(), List.of()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("already listens at");
    assertThat(names(List.of())).isEmpty();
  }

  @Test
  void aSocketLeftByADeadDaemonIsReplaced() throws IOException {
    Path stale = directory.resolve("stale.sock");
    Files.createFile(stale);

    try (UnixSocketServer other = UnixSocketServer.start(stale, List.of())) {
      assertThat(other.socket()).isEqualTo(stale);
    }
    assertThat(stale).doesNotExist();
  }

  @Test
  void aPathTooLongForASocketIsRefused() {
    Path path = directory.resolve("x".repeat(120));

    assertThatThrownBy(() -> UnixSocketServer.start(path, List.of()))
        .hasMessageContaining("longer than the 107 bytes");
  }

  private Path socket() {
    return directory.resolve("t.sock");
  }

  private List<String> names(List<String> filters) {
    List<String> names = new ArrayList<>();
    containerd
        .list(ListSnapshotsRequest.newBuilder().addAllFilters(filters).build())
        .forEachRemaining(r -> r.getInfoList().forEach(i -> names.add(i.getName())));
    return names;
  }

  private static PrepareSnapshotRequest prepare(String key, String parent) {
    return PrepareSnapshotRequest.newBuilder()
        .setSnapshotter("thaw")
        .setKey(key)
        .setParent(parent)
        .build();
  }

  private static RemoveSnapshotRequest remove(String key) {
    return RemoveSnapshotRequest.newBuilder().setKey(key).build();
  }

  private static void assertStatus(Status.Code code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).isEqualTo(code);
              assertThat(e.getStatus().getDescription()).isNotBlank();
            });
  }
}
