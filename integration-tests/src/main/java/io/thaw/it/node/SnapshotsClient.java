package io.thaw.it.node;

import com.google.protobuf.FieldMask;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.thaw.proto.containerd.snapshots.v1.CleanupRequest;
import io.thaw.proto.containerd.snapshots.v1.CommitSnapshotRequest;
import io.thaw.proto.containerd.snapshots.v1.Info;
import io.thaw.proto.containerd.snapshots.v1.ListSnapshotsRequest;
import io.thaw.proto.containerd.snapshots.v1.ListSnapshotsResponse;
import io.thaw.proto.containerd.snapshots.v1.MountsRequest;
import io.thaw.proto.containerd.snapshots.v1.PrepareSnapshotRequest;
import io.thaw.proto.containerd.snapshots.v1.RemoveSnapshotRequest;
import io.thaw.proto.containerd.snapshots.v1.SnapshotsGrpc;
import io.thaw.proto.containerd.snapshots.v1.StatSnapshotRequest;
import io.thaw.proto.containerd.snapshots.v1.UpdateSnapshotRequest;
import io.thaw.proto.containerd.snapshots.v1.UsageRequest;
import io.thaw.proto.containerd.snapshots.v1.UsageResponse;
import io.thaw.proto.containerd.snapshots.v1.ViewSnapshotRequest;
import io.thaw.proto.containerd.types.Mount;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Speaks containerd's snapshots API, to a snapshotter's own socket or to containerd's. What is
/// refused throws a [StatusRuntimeException].
public final class SnapshotsClient implements AutoCloseable {
  private static final long CALL_SECONDS = 60;
  private static final Metadata.Key<String> NAMESPACE =
      Metadata.Key.of("containerd-namespace", Metadata.ASCII_STRING_MARSHALLER);

  private final Path socket;
  private final UnixChannel channel;
  private final String namespace;
  private final String snapshotter;

  /// Asks a snapshotter's own socket, past containerd.
  public SnapshotsClient(Path socket) {
    this(socket, "k8s.io", "");
  }

  /// @param snapshotter the plugin containerd shall ask; the snapshotter itself does not care
  public SnapshotsClient(Path socket, String namespace, String snapshotter) {
    this.socket = socket;
    this.channel = new UnixChannel(socket);
    this.namespace = namespace;
    this.snapshotter = snapshotter;
  }

  /// Whether somebody serves the snapshots API at `socket`.
  public static boolean answers(Path socket) {
    if (!Files.exists(socket)) {
      return false;
    }
    try (SnapshotsClient client = new SnapshotsClient(socket)) {
      client.list();
      return true;
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  /// All snapshots any of the filters matches; all if there are none.
  public List<Info> list(String... filters) {
    List<Info> all = new ArrayList<>();
    Iterator<ListSnapshotsResponse> answers =
        stub()
            .list(
                ListSnapshotsRequest.newBuilder()
                    .setSnapshotter(snapshotter)
                    .addAllFilters(List.of(filters))
                    .build());
    while (answers.hasNext()) {
      all.addAll(answers.next().getInfoList());
    }
    return all;
  }

  /// Asks for a layer's snapshot the way containerd does when it pulls for a remote snapshotter.
  ///
  /// @param parent the chain id of the layer below, or "" for the lowest
  /// @return whether the snapshotter has the layer, so that nobody needs to download it
  public boolean prepareRemote(String key, String parent, Map<String, String> labels) {
    try {
      prepare(key, parent, labels);
      return false;
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.ALREADY_EXISTS) {
        return true;
      }
      throw e;
    }
  }

  /// Makes a writable snapshot and returns how to mount it.
  public List<Mount> prepare(String key, String parent, Map<String, String> labels) {
    PrepareSnapshotRequest request =
        PrepareSnapshotRequest.newBuilder()
            .setSnapshotter(snapshotter)
            .setKey(key)
            .setParent(parent)
            .putAllLabels(labels)
            .build();
    return stub().prepare(request).getMountsList();
  }

  /// Makes a read-only snapshot on top of a committed one and returns how to mount it.
  public List<Mount> view(String key, String parent, Map<String, String> labels) {
    ViewSnapshotRequest request =
        ViewSnapshotRequest.newBuilder()
            .setSnapshotter(snapshotter)
            .setKey(key)
            .setParent(parent)
            .putAllLabels(labels)
            .build();
    return stub().view(request).getMountsList();
  }

  /// How to mount a view or an active snapshot.
  public List<Mount> mounts(String key) {
    return stub()
        .mounts(MountsRequest.newBuilder().setSnapshotter(snapshotter).setKey(key).build())
        .getMountsList();
  }

  /// Turns an active snapshot into a committed one.
  ///
  /// @param parent the parent it gets now, or "" to keep the one it has
  public void commit(String name, String key, String parent, Map<String, String> labels) {
    stub()
        .commit(
            CommitSnapshotRequest.newBuilder()
                .setSnapshotter(snapshotter)
                .setName(name)
                .setKey(key)
                .setParent(parent)
                .putAllLabels(labels)
                .build());
  }

  public void remove(String key) {
    stub()
        .remove(RemoveSnapshotRequest.newBuilder().setSnapshotter(snapshotter).setKey(key).build());
  }

  public Info stat(String key) {
    return stub()
        .stat(StatSnapshotRequest.newBuilder().setSnapshotter(snapshotter).setKey(key).build())
        .getInfo();
  }

  /// Changes a snapshot; without paths, all that can be changed.
  public Info update(Info wanted, String... paths) {
    return stub()
        .update(
            UpdateSnapshotRequest.newBuilder()
                .setSnapshotter(snapshotter)
                .setInfo(wanted)
                .setUpdateMask(FieldMask.newBuilder().addAllPaths(List.of(paths)))
                .build())
        .getInfo();
  }

  /// Disk space of one snapshot, without its parents.
  public UsageResponse usage(String key) {
    return stub().usage(UsageRequest.newBuilder().setSnapshotter(snapshotter).setKey(key).build());
  }

  /// Deletes what belongs to no snapshot.
  public void cleanup() {
    stub().cleanup(CleanupRequest.newBuilder().setSnapshotter(snapshotter).build());
  }

  /// A client with a connection of its own that asks the same snapshotter.
  public SnapshotsClient another() {
    return new SnapshotsClient(socket, namespace, snapshotter);
  }

  @Override
  public void close() {
    channel.close();
  }

  private SnapshotsGrpc.SnapshotsBlockingStub stub() {
    Metadata headers = new Metadata();
    headers.put(NAMESPACE, namespace);
    return SnapshotsGrpc.newBlockingStub(channel.channel())
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
        .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS);
  }
}
