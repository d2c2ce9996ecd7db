package io.thaw.daemon.grpc;

import com.google.protobuf.Empty;
import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.thaw.daemon.snapshot.Caller;
import io.thaw.daemon.snapshot.Mount;
import io.thaw.daemon.snapshot.SnapshotInfo;
import io.thaw.daemon.snapshot.Snapshotter;
import io.thaw.daemon.snapshot.Usage;
import io.thaw.proto.containerd.snapshots.v1.CleanupRequest;
import io.thaw.proto.containerd.snapshots.v1.CommitSnapshotRequest;
import io.thaw.proto.containerd.snapshots.v1.ListSnapshotsRequest;
import io.thaw.proto.containerd.snapshots.v1.ListSnapshotsResponse;
import io.thaw.proto.containerd.snapshots.v1.MountsRequest;
import io.thaw.proto.containerd.snapshots.v1.MountsResponse;
import io.thaw.proto.containerd.snapshots.v1.PrepareSnapshotRequest;
import io.thaw.proto.containerd.snapshots.v1.PrepareSnapshotResponse;
import io.thaw.proto.containerd.snapshots.v1.RemoveSnapshotRequest;
import io.thaw.proto.containerd.snapshots.v1.SnapshotsGrpc;
import io.thaw.proto.containerd.snapshots.v1.StatSnapshotRequest;
import io.thaw.proto.containerd.snapshots.v1.StatSnapshotResponse;
import io.thaw.proto.containerd.snapshots.v1.UpdateSnapshotRequest;
import io.thaw.proto.containerd.snapshots.v1.UpdateSnapshotResponse;
import io.thaw.proto.containerd.snapshots.v1.UsageRequest;
import io.thaw.proto.containerd.snapshots.v1.UsageResponse;
import io.thaw.proto.containerd.snapshots.v1.ViewSnapshotRequest;
import io.thaw.proto.containerd.snapshots.v1.ViewSnapshotResponse;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `containerd.services.snapshots.v1.Snapshots`. Handlers block; the server runs each on a virtual
/// thread.
public final class SnapshotsService extends SnapshotsGrpc.SnapshotsImplBase {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotsService.class);

  /// Snapshots in one message of a list, as in containerd.
  private static final int LIST_BATCH = 100;

  private final Snapshotter snapshotter;
  private final CallListener listener;

  public SnapshotsService(Snapshotter snapshotter, CallListener listener) {
    this.snapshotter = snapshotter;
    this.listener = listener;
  }

  /// Hears of every call when it ends.
  @FunctionalInterface
  public interface CallListener {
    /// Hears nothing.
    CallListener NONE = (_, _, _) -> {};

    /// A call has ended.
    ///
    /// @param method such as `Prepare`
    /// @param code gRPC's name of the outcome, such as `OK`
    void ended(String method, String code, long nanos);
  }

  @FunctionalInterface
  private interface Handler<T> {
    T handle() throws IOException;
  }

  @Override
  public void prepare(
      PrepareSnapshotRequest request, StreamObserver<PrepareSnapshotResponse> observer) {
    answer(
        "Prepare",
        request.getKey(),
        observer,
        () ->
            PrepareSnapshotResponse.newBuilder()
                .addAllMounts(Messages.mounts(prepared(request)))
                .build());
  }

  /// A layer may take minutes to come, and who asked for it may go away meanwhile.
  private List<Mount> prepared(PrepareSnapshotRequest request) throws IOException {
    Context context = Context.current();
    CompletableFuture<Void> gone = new CompletableFuture<>();
    Context.CancellationListener listener = _ -> gone.complete(null);
    context.addListener(listener, Runnable::run);
    try {
      return Caller.call(
          gone,
          () -> snapshotter.prepare(request.getKey(), request.getParent(), request.getLabelsMap()));
    } finally {
      context.removeListener(listener);
    }
  }

  @Override
  public void view(ViewSnapshotRequest request, StreamObserver<ViewSnapshotResponse> observer) {
    answer(
        "View",
        request.getKey(),
        observer,
        () ->
            ViewSnapshotResponse.newBuilder()
                .addAllMounts(
                    Messages.mounts(
                        snapshotter.view(
                            request.getKey(), request.getParent(), request.getLabelsMap())))
                .build());
  }

  @Override
  public void mounts(MountsRequest request, StreamObserver<MountsResponse> observer) {
    answer(
        "Mounts",
        request.getKey(),
        observer,
        () ->
            MountsResponse.newBuilder()
                .addAllMounts(Messages.mounts(snapshotter.mounts(request.getKey())))
                .build());
  }

  @Override
  public void commit(CommitSnapshotRequest request, StreamObserver<Empty> observer) {
    answer(
        "Commit",
        request.getKey(),
        observer,
        () -> {
          snapshotter.commit(
              request.getName(), request.getKey(), request.getParent(), request.getLabelsMap());
          return Empty.getDefaultInstance();
        });
  }

  @Override
  public void remove(RemoveSnapshotRequest request, StreamObserver<Empty> observer) {
    answer(
        "Remove",
        request.getKey(),
        observer,
        () -> {
          snapshotter.remove(request.getKey());
          return Empty.getDefaultInstance();
        });
  }

  @Override
  public void stat(StatSnapshotRequest request, StreamObserver<StatSnapshotResponse> observer) {
    answer(
        "Stat",
        request.getKey(),
        observer,
        () ->
            StatSnapshotResponse.newBuilder()
                .setInfo(Messages.info(snapshotter.stat(request.getKey())))
                .build());
  }

  @Override
  public void update(
      UpdateSnapshotRequest request, StreamObserver<UpdateSnapshotResponse> observer) {
    answer(
        "Update",
        request.getInfo().getName(),
        observer,
        () ->
            UpdateSnapshotResponse.newBuilder()
                .setInfo(
                    Messages.info(
                        snapshotter.update(
                            request.getInfo().getName(),
                            request.getInfo().getLabelsMap(),
                            request.getUpdateMask().getPathsList())))
                .build());
  }

  @Override
  public void usage(UsageRequest request, StreamObserver<UsageResponse> observer) {
    answer(
        "Usage",
        request.getKey(),
        observer,
        () -> {
          Usage usage = snapshotter.usage(request.getKey());
          return UsageResponse.newBuilder()
              .setSize(usage.sizeBytes())
              .setInodes(usage.inodes())
              .build();
        });
  }

  @Override
  public void cleanup(CleanupRequest request, StreamObserver<Empty> observer) {
    answer(
        "Cleanup",
        "",
        observer,
        () -> {
          snapshotter.cleanup();
          return Empty.getDefaultInstance();
        });
  }

  @Override
  public void list(ListSnapshotsRequest request, StreamObserver<ListSnapshotsResponse> observer) {
    long start = System.nanoTime();
    try {
      List<SnapshotInfo> all = snapshotter.list(request.getFiltersList());
      for (int from = 0; from < all.size(); from += LIST_BATCH) {
        ListSnapshotsResponse.Builder batch = ListSnapshotsResponse.newBuilder();
        all.subList(from, Math.min(all.size(), from + LIST_BATCH))
            .forEach(info -> batch.addInfo(Messages.info(info)));
        observer.onNext(batch.build());
      }
      observer.onCompleted();
      listener.ended("List", "OK", System.nanoTime() - start);
    } catch (IOException | RuntimeException e) {
      fail("List", "", observer, e, start);
    }
  }

  private <T> void answer(
      String method, String key, StreamObserver<T> observer, Handler<T> handler) {
    long start = System.nanoTime();
    try {
      T response = handler.handle();
      if (observer instanceof ServerCallStreamObserver<T> call && call.isCancelled()) {
        LOG.atDebug().addKeyValue("method", method).addKeyValue("key", key).log("caller is gone");
      } else {
        observer.onNext(response);
        observer.onCompleted();
      }
      listener.ended(method, "OK", System.nanoTime() - start);
    } catch (IOException | RuntimeException e) {
      fail(method, key, observer, e, start);
    }
  }

  private void fail(
      String method, String key, StreamObserver<?> observer, Exception failure, long start) {
    var status = Statuses.of(failure);
    if (Statuses.isTrouble(failure)) {
      LOG.atError()
          .addKeyValue("method", method)
          .addKeyValue("key", key)
          .setCause(failure)
          .log("request failed");
    } else {
      LOG.atDebug()
          .addKeyValue("method", method)
          .addKeyValue("key", key)
          .addKeyValue("answer", status.getStatus().toString())
          .log("request refused");
    }
    observer.onError(status);
    listener.ended(method, status.getStatus().getCode().name(), System.nanoTime() - start);
  }
}
