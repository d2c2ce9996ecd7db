package io.thaw.daemon.grpc;

import com.google.protobuf.Timestamp;
import io.thaw.daemon.snapshot.Kind;
import io.thaw.daemon.snapshot.Mount;
import io.thaw.daemon.snapshot.SnapshotInfo;
import io.thaw.proto.containerd.snapshots.v1.Info;
import java.time.Instant;
import java.util.List;

/// Our records as containerd's messages.
final class Messages {
  private Messages() {}

  static Info info(SnapshotInfo info) {
    return Info.newBuilder()
        .setName(info.name())
        .setParent(info.parent())
        .setKind(kind(info.kind()))
        .setCreatedAt(timestamp(info.created()))
        .setUpdatedAt(timestamp(info.updated()))
        .putAllLabels(info.labels())
        .build();
  }

  static List<io.thaw.proto.containerd.types.Mount> mounts(List<Mount> mounts) {
    return mounts.stream().map(Messages::mount).toList();
  }

  private static io.thaw.proto.containerd.types.Mount mount(Mount mount) {
    return io.thaw.proto.containerd.types.Mount.newBuilder()
        .setType(mount.type())
        .setSource(mount.source())
        .addAllOptions(mount.options())
        .build();
  }

  private static io.thaw.proto.containerd.snapshots.v1.Kind kind(Kind kind) {
    return switch (kind) {
      case VIEW -> io.thaw.proto.containerd.snapshots.v1.Kind.VIEW;
      case ACTIVE -> io.thaw.proto.containerd.snapshots.v1.Kind.ACTIVE;
      case COMMITTED -> io.thaw.proto.containerd.snapshots.v1.Kind.COMMITTED;
    };
  }

  private static Timestamp timestamp(Instant instant) {
    return Timestamp.newBuilder()
        .setSeconds(instant.getEpochSecond())
        .setNanos(instant.getNano())
        .build();
  }
}
