package io.thaw.it.node;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.thaw.proto.containerd.snapshots.v1.Info;
import io.thaw.proto.containerd.snapshots.v1.ListSnapshotsRequest;
import io.thaw.proto.containerd.snapshots.v1.ListSnapshotsResponse;
import io.thaw.proto.containerd.snapshots.v1.PrepareSnapshotRequest;
import io.thaw.proto.containerd.snapshots.v1.RemoveSnapshotRequest;
import io.thaw.proto.containerd.snapshots.v1.SnapshotsGrpc;
import io.thaw.proto.containerd.snapshots.v1.UsageRequest;
import io.thaw.proto.containerd.snapshots.v1.ViewSnapshotRequest;
import io.thaw.proto.containerd.types.Mount;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Asks a snapshotter directly, past containerd.
public final class SnapshotsClient implements AutoCloseable {
  private static final long CALL_SECONDS = 30;
  private static final Metadata.Key<String> NAMESPACE =
      Metadata.Key.of("containerd-namespace", Metadata.ASCII_STRING_MARSHALLER);

  private final UnixChannel channel;
  private final String namespace;

  public SnapshotsClient(Path socket) {
    this(socket, "k8s.io");
  }

  SnapshotsClient(Path socket, String namespace) {
    this.channel = new UnixChannel(socket);
    this.namespace = namespace;
  }

  /// Whether somebody serves the snapshots API at `socket`.
  static boolean answers(Path socket) {
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

  /// All snapshots.
  public List<Info> list() {
    List<Info> all = new ArrayList<>();
    Iterator<ListSnapshotsResponse> answers =
        stub().list(ListSnapshotsRequest.getDefaultInstance());
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
    PrepareSnapshotRequest request =
        PrepareSnapshotRequest.newBuilder()
            .setKey(key)
            .setParent(parent)
            .putAllLabels(labels)
            .build();
    try {
      stub().prepare(request);
      return false;
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.ALREADY_EXISTS) {
        return true;
      }
      throw e;
    }
  }

  /// Makes a read-only snapshot on top of a committed one and returns how to mount it.
  public List<Mount> view(String snapshotter, String key, String parent) {
    ViewSnapshotRequest request =
        ViewSnapshotRequest.newBuilder()
            .setSnapshotter(snapshotter)
            .setKey(key)
            .setParent(parent)
            .putLabels("containerd.io/gc.root", "it")
            .build();
    return stub().view(request).getMountsList();
  }

  public void remove(String snapshotter, String key) {
    stub()
        .remove(RemoveSnapshotRequest.newBuilder().setSnapshotter(snapshotter).setKey(key).build());
  }

  /// Disk space of one snapshot in bytes, without its parents.
  public long usageBytes(String key) {
    return stub().usage(UsageRequest.newBuilder().setKey(key).build()).getSize();
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
