package io.thaw.cli.containerd;

import com.google.protobuf.FieldMask;
import com.google.protobuf.Timestamp;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import io.thaw.index.oci.OciReader;
import io.thaw.index.oci.VerifyingInputStream;
import io.thaw.proto.containerd.content.v1.Info;
import io.thaw.proto.containerd.content.v1.InfoRequest;
import io.thaw.proto.containerd.content.v1.ListContentRequest;
import io.thaw.proto.containerd.content.v1.ListContentResponse;
import io.thaw.proto.containerd.content.v1.ReadContentRequest;
import io.thaw.proto.containerd.content.v1.UpdateRequest;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Reads containerd's content store and changes labels in it.
final class ContentStore {
  private final ContainerdClient client;

  ContentStore(ContainerdClient client) {
    this.client = client;
  }

  /// What the store knows of a blob.
  record Blob(Digest digest, long sizeBytes, Map<String, String> labels, Instant created) {
    Blob {
      labels = Map.copyOf(labels);
    }
  }

  /// A blob, if the namespace has it.
  Optional<Blob> find(Digest digest) throws IOException {
    try {
      Info info =
          client
              .calls()
              .content()
              .info(InfoRequest.newBuilder().setDigest(digest.toString()).build())
              .getInfo();
      return Optional.of(blob(digest, info));
    } catch (StatusException e) {
      if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
        return Optional.empty();
      }
      throw client.failure("look up blob " + digest, e);
    }
  }

  /// Every blob that one of containerd's filters lets pass.
  List<Blob> list(List<String> filters) throws IOException {
    String doing = "list its content";
    BlockingClientCall<?, ListContentResponse> call =
        client
            .calls()
            .content()
            .list(ListContentRequest.newBuilder().addAllFilters(filters).build());
    List<Blob> blobs = new ArrayList<>();
    try {
      for (ListContentResponse page = call.read(); page != null; page = call.read()) {
        for (Info info : page.getInfoList()) {
          Optional<Digest> digest = supported(info.getDigest());
          digest.ifPresent(known -> blobs.add(blob(known, info)));
        }
      }
      return blobs;
    } catch (StatusException e) {
      throw client.failure(doing, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      call.cancel("interrupted", e);
      throw Failure.interrupted(doing, e);
    }
  }

  /// The bytes `[start, end)` of a blob, unverified.
  InputStream range(Digest digest, long start, long end) {
    ReadContentRequest request =
        ReadContentRequest.newBuilder()
            .setDigest(digest.toString())
            .setOffset(start)
            .setSize(end - start)
            .build();
    return start == end
        ? InputStream.nullInputStream() // a size of 0 would mean the whole blob
        : new ContentStream(client, digest, client.calls().content().read(request), end - start);
  }

  /// A whole blob; the read that would deliver the end fails if the bytes have another digest.
  InputStream open(Descriptor blob) {
    return new VerifyingInputStream(
        range(blob.digest(), 0, blob.sizeBytes()), blob.digest(), client.toString());
  }

  /// A blob that is small enough for a document, verified.
  byte[] document(Blob blob) throws IOException {
    if (blob.sizeBytes() > OciReader.MAX_DOCUMENT_BYTES) {
      throw new IOException(
          "Blob "
              + blob.digest()
              + " in "
              + client
              + " has "
              + blob.sizeBytes()
              + " bytes; a document has at most "
              + OciReader.MAX_DOCUMENT_BYTES);
    }
    try (InputStream in =
        open(new Descriptor("application/octet-stream", blob.digest(), blob.sizeBytes()))) {
      return in.readAllBytes();
    }
  }

  /// Sets labels of a blob that is there; an empty value removes one. Others stay.
  void label(Digest digest, Map<String, String> labels) throws IOException {
    FieldMask.Builder mask = FieldMask.newBuilder();
    labels.keySet().forEach(key -> mask.addPaths("labels." + key));
    UpdateRequest request =
        UpdateRequest.newBuilder()
            .setInfo(Info.newBuilder().setDigest(digest.toString()).putAllLabels(labels))
            .setUpdateMask(mask)
            .build();
    try {
      client.calls().content().update(request);
    } catch (StatusException e) {
      throw client.failure("label blob " + digest, e);
    }
  }

  private static Blob blob(Digest digest, Info info) {
    Timestamp created = info.getCreatedAt();
    return new Blob(
        digest,
        info.getSize(),
        info.getLabelsMap(),
        Instant.ofEpochSecond(created.getSeconds(), created.getNanos()));
  }

  /// A digest as we know them; blobs of other algorithms are none of our business.
  private static Optional<Digest> supported(String digest) {
    try {
      return Optional.of(Digest.parse(digest));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
