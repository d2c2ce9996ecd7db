package io.thaw.cli.containerd;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.thaw.proto.containerd.content.v1.AbortRequest;
import io.thaw.proto.containerd.content.v1.ContentGrpc;
import io.thaw.proto.containerd.content.v1.Info;
import io.thaw.proto.containerd.content.v1.InfoRequest;
import io.thaw.proto.containerd.content.v1.InfoResponse;
import io.thaw.proto.containerd.content.v1.ReadContentRequest;
import io.thaw.proto.containerd.content.v1.ReadContentResponse;
import io.thaw.proto.containerd.content.v1.UpdateRequest;
import io.thaw.proto.containerd.content.v1.UpdateResponse;
import io.thaw.proto.containerd.content.v1.WriteAction;
import io.thaw.proto.containerd.content.v1.WriteContentRequest;
import io.thaw.proto.containerd.content.v1.WriteContentResponse;
import io.thaw.registry.Digest;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// A content store in memory that keeps containerd's rules for writing: an ingest is locked while
/// its stream is open, appended to at its end or begun anew, and checked when it is committed.
final class FakeContent extends ContentGrpc.ContentImplBase {
  static final int PIECE_BYTES = 1000;

  final Map<Digest, byte[]> blobs = new ConcurrentHashMap<>();
  final Map<Digest, Map<String, String>> labels = new ConcurrentHashMap<>();
  final Map<String, ByteString> ingests = new ConcurrentHashMap<>();

  /// How many more writers find their ingest held by somebody else.
  final AtomicInteger locked = new AtomicInteger();

  /// Put in place when the next writer finds its ingest held.
  final Map<Digest, byte[]> arriving = new ConcurrentHashMap<>();

  final AtomicLong receivedBytes = new AtomicLong();
  final AtomicInteger reads = new AtomicInteger();

  private final List<String> calls;
  private final Set<String> leases;

  FakeContent(List<String> calls, Set<String> leases) {
    this.calls = calls;
    this.leases = leases;
  }

  Digest add(byte[] bytes) {
    Digest digest = Digest.sha256(bytes);
    blobs.put(digest, bytes);
    return digest;
  }

  @Override
  public void info(InfoRequest request, StreamObserver<InfoResponse> observer) {
    Digest digest = Digest.parse(request.getDigest());
    byte[] bytes = blobs.get(digest);
    if (bytes == null) {
      observer.onError(Status.NOT_FOUND.asException());
      return;
    }
    Info info =
        Info.newBuilder()
            .setDigest(request.getDigest())
            .setSize(bytes.length)
            .putAllLabels(labels.getOrDefault(digest, Map.of()))
            .build();
    FakeContainerd.answer(observer, InfoResponse.newBuilder().setInfo(info).build());
  }

  @Override
  public void update(UpdateRequest request, StreamObserver<UpdateResponse> observer) {
    Map<String, String> all =
        labels.computeIfAbsent(
            Digest.parse(request.getInfo().getDigest()), digest -> new ConcurrentHashMap<>());
    for (String path : request.getUpdateMask().getPathsList()) {
      String key = path.substring("labels.".length());
      all.put(key, request.getInfo().getLabelsOrThrow(key));
    }
    FakeContainerd.answer(observer, UpdateResponse.getDefaultInstance());
  }

  @Override
  public void read(ReadContentRequest request, StreamObserver<ReadContentResponse> observer) {
    reads.incrementAndGet();
    byte[] bytes = blobs.get(Digest.parse(request.getDigest()));
    int start = (int) request.getOffset();
    int end = (int) Math.min(bytes.length, request.getOffset() + request.getSize());
    for (int from = start; from < end; from += PIECE_BYTES) {
      observer.onNext(
          ReadContentResponse.newBuilder()
              .setOffset(from)
              .setData(ByteString.copyFrom(bytes, from, Math.min(PIECE_BYTES, end - from)))
              .build());
    }
    observer.onCompleted();
  }

  @Override
  public void abort(AbortRequest request, StreamObserver<Empty> observer) {
    calls.add("abort " + request.getRef());
    ingests.remove(request.getRef());
    FakeContainerd.answer(observer, Empty.getDefaultInstance());
  }

  @Override
  public StreamObserver<WriteContentRequest> write(StreamObserver<WriteContentResponse> answers) {
    return new Writing(answers, FakeContainerd.LEASE.get());
  }

  private final class Writing implements StreamObserver<WriteContentRequest> {
    private final StreamObserver<WriteContentResponse> answers;
    private final String lease;
    private String ref = "";

    Writing(StreamObserver<WriteContentResponse> answers, String lease) {
      this.answers = answers;
      this.lease = lease;
    }

    @Override
    public void onNext(WriteContentRequest request) {
      Digest expected = Digest.parse(request.getExpected());
      if (!leases.contains(lease)) {
        answers.onError(Status.NOT_FOUND.withDescription("no such lease").asException());
      } else if (blobs.containsKey(expected)) {
        answers.onError(Status.ALREADY_EXISTS.asException());
      } else if (ref.isEmpty() && locked.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
        blobs.putAll(arriving);
        answers.onError(
            Status.UNAVAILABLE.withDescription("ref " + expected + " locked").asException());
      } else {
        take(request, expected);
      }
    }

    private void take(WriteContentRequest request, Digest expected) {
      if (ref.isEmpty()) {
        ref = request.getRef();
        ingests.putIfAbsent(ref, ByteString.EMPTY);
      }
      ByteString there = ingests.getOrDefault(ref, ByteString.EMPTY);
      if (request.getAction() != WriteAction.STAT) {
        there = request.getOffset() == 0 ? ByteString.EMPTY : there;
        if (request.getOffset() != there.size()) {
          answers.onError(Status.OUT_OF_RANGE.asException());
          return;
        }
        there = there.concat(request.getData());
        receivedBytes.addAndGet(request.getData().size());
        ingests.put(ref, there);
      }
      if (request.getAction() == WriteAction.COMMIT) {
        commit(request, expected, there.toByteArray());
        return;
      }
      answers.onNext(WriteContentResponse.newBuilder().setOffset(there.size()).build());
    }

    private void commit(WriteContentRequest request, Digest expected, byte[] bytes) {
      if (bytes.length != request.getTotal() || !Digest.sha256(bytes).equals(expected)) {
        answers.onError(
            Status.FAILED_PRECONDITION.withDescription("unexpected commit digest").asException());
        return;
      }
      blobs.put(expected, bytes);
      labels.put(expected, new ConcurrentHashMap<>(request.getLabelsMap()));
      ingests.remove(ref);
      calls.add("commit " + expected);
      WriteContentResponse done =
          WriteContentResponse.newBuilder()
              .setAction(WriteAction.COMMIT)
              .setOffset(bytes.length)
              .setDigest(expected.toString())
              .build();
      answers.onNext(done);
      answers.onNext(done); // as containerd does
      answers.onCompleted();
    }

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onCompleted() {}
  }
}
