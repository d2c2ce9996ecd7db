package io.thaw.cli.containerd;

import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import io.thaw.proto.containerd.content.v1.ContentGrpc;
import io.thaw.proto.containerd.content.v1.ContentGrpc.ContentBlockingV2Stub;
import io.thaw.proto.containerd.images.v1.ImagesGrpc;
import io.thaw.proto.containerd.images.v1.ImagesGrpc.ImagesBlockingV2Stub;
import io.thaw.proto.containerd.introspection.v1.IntrospectionGrpc;
import io.thaw.proto.containerd.introspection.v1.IntrospectionGrpc.IntrospectionBlockingV2Stub;
import io.thaw.proto.containerd.leases.v1.LeasesGrpc;
import io.thaw.proto.containerd.leases.v1.LeasesGrpc.LeasesBlockingV2Stub;
import io.thaw.proto.containerd.namespaces.v1.NamespacesGrpc;
import io.thaw.proto.containerd.namespaces.v1.NamespacesGrpc.NamespacesBlockingV2Stub;
import io.thaw.proto.containerd.version.v1.VersionGrpc;
import io.thaw.proto.containerd.version.v1.VersionGrpc.VersionBlockingV2Stub;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// containerd's services with what every call has to carry: namespace, lease, deadline.
///
/// Calls block and report failures as checked [io.grpc.StatusException]s.
final class Calls {
  private static final Metadata.Key<String> NAMESPACE =
      Metadata.Key.of("containerd-namespace", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> LEASE =
      Metadata.Key.of("containerd-lease", Metadata.ASCII_STRING_MARSHALLER);

  private final Channel plain;
  private final Channel channel;
  private final String namespace;
  private final @Nullable Deadline deadline;

  private Calls(
      Channel plain, String namespace, @Nullable String lease, @Nullable Deadline deadline) {
    this.plain = plain;
    this.namespace = namespace;
    this.deadline = deadline;
    Metadata headers = new Metadata();
    headers.put(NAMESPACE, namespace);
    if (lease != null) {
      headers.put(LEASE, lease);
    }
    this.channel =
        ClientInterceptors.intercept(plain, MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /// @param timeout for all calls together, from now; zero means none
  static Calls over(Channel channel, String namespace, Duration timeout) {
    return new Calls(channel, namespace, null, timeout.isZero() ? null : after(timeout));
  }

  /// The same calls; what they create belongs to the lease.
  Calls leased(String lease) {
    return new Calls(plain, namespace, lease, deadline);
  }

  /// The same calls in another namespace.
  Calls in(String otherNamespace) {
    return new Calls(plain, otherNamespace, null, deadline);
  }

  /// The same calls with their own time, for cleaning up after the rest has run out of it.
  Calls within(Duration timeout) {
    return new Calls(plain, namespace, null, after(timeout));
  }

  ContentBlockingV2Stub content() {
    return timed(ContentGrpc.newBlockingV2Stub(channel));
  }

  ImagesBlockingV2Stub images() {
    return timed(ImagesGrpc.newBlockingV2Stub(channel));
  }

  IntrospectionBlockingV2Stub introspection() {
    return timed(IntrospectionGrpc.newBlockingV2Stub(channel));
  }

  LeasesBlockingV2Stub leases() {
    return timed(LeasesGrpc.newBlockingV2Stub(channel));
  }

  NamespacesBlockingV2Stub namespaces() {
    return timed(NamespacesGrpc.newBlockingV2Stub(channel));
  }

  VersionBlockingV2Stub version() {
    return timed(VersionGrpc.newBlockingV2Stub(channel));
  }

  private <S extends AbstractStub<S>> S timed(S stub) {
    return deadline == null ? stub : stub.withDeadline(deadline);
  }

  private static Deadline after(Duration timeout) {
    return Deadline.after(timeout.toMillis(), TimeUnit.MILLISECONDS);
  }
}
