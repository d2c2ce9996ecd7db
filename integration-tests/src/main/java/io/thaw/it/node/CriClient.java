package io.thaw.it.node;

import io.thaw.proto.cri.v1.AuthConfig;
import io.thaw.proto.cri.v1.Container;
import io.thaw.proto.cri.v1.ContainerConfig;
import io.thaw.proto.cri.v1.ContainerMetadata;
import io.thaw.proto.cri.v1.ContainerState;
import io.thaw.proto.cri.v1.ContainerStatus;
import io.thaw.proto.cri.v1.ContainerStatusRequest;
import io.thaw.proto.cri.v1.CreateContainerRequest;
import io.thaw.proto.cri.v1.ExecSyncRequest;
import io.thaw.proto.cri.v1.ExecSyncResponse;
import io.thaw.proto.cri.v1.ImageServiceGrpc;
import io.thaw.proto.cri.v1.ImageSpec;
import io.thaw.proto.cri.v1.ImageStatusRequest;
import io.thaw.proto.cri.v1.LinuxPodSandboxConfig;
import io.thaw.proto.cri.v1.LinuxSandboxSecurityContext;
import io.thaw.proto.cri.v1.ListContainersRequest;
import io.thaw.proto.cri.v1.ListPodSandboxRequest;
import io.thaw.proto.cri.v1.NamespaceMode;
import io.thaw.proto.cri.v1.NamespaceOption;
import io.thaw.proto.cri.v1.PodSandbox;
import io.thaw.proto.cri.v1.PodSandboxConfig;
import io.thaw.proto.cri.v1.PodSandboxMetadata;
import io.thaw.proto.cri.v1.PullImageRequest;
import io.thaw.proto.cri.v1.RemoveContainerRequest;
import io.thaw.proto.cri.v1.RemoveImageRequest;
import io.thaw.proto.cri.v1.RemovePodSandboxRequest;
import io.thaw.proto.cri.v1.RunPodSandboxRequest;
import io.thaw.proto.cri.v1.RuntimeServiceGrpc;
import io.thaw.proto.cri.v1.StartContainerRequest;
import io.thaw.proto.cri.v1.StopContainerRequest;
import io.thaw.proto.cri.v1.StopPodSandboxRequest;
import io.thaw.proto.cri.v1.VersionRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Drives containerd the way the kubelet does: CRI over its unix socket. Calls block; gRPC's own
/// exceptions reach the caller.
public final class CriClient implements AutoCloseable {
  private static final long CALL_SECONDS = 600;

  private final UnixChannel channel;
  private final Path podLogs;
  private final AtomicInteger names = new AtomicInteger();

  private CriClient(UnixChannel channel, Path podLogs) {
    this.channel = channel;
    this.podLogs = podLogs;
  }

  /// Name and password for one pull.
  public record Login(String username, String password) {
    @Override
    public String toString() {
      return "Login[" + username + "]";
    }
  }

  /// A pod that runs: its id and the configuration its containers must repeat.
  public record Pod(String id, PodSandboxConfig config) {}

  /// A container that was created, with the file its output goes to.
  public record CreatedContainer(String id, CriLog log) {}

  /// A client of whoever serves CRI at `socket`.
  public static CriClient connect(Path socket, Path podLogs) {
    return new CriClient(new UnixChannel(socket), podLogs);
  }

  /// The runtime's name and version.
  public String version() {
    var answer = runtime().version(VersionRequest.getDefaultInstance());
    return answer.getRuntimeName() + " " + answer.getRuntimeVersion();
  }

  /// Pulls `reference`, as the kubelet does when it already has a pod for it.
  public void pull(String reference, @Nullable Login login) {
    PullImageRequest.Builder request = PullImageRequest.newBuilder().setImage(image(reference));
    if (login != null) {
      request.setAuth(
          AuthConfig.newBuilder().setUsername(login.username()).setPassword(login.password()));
    }
    images().pullImage(request.build());
  }

  public boolean imagePresent(String reference) {
    return images()
        .imageStatus(ImageStatusRequest.newBuilder().setImage(image(reference)).build())
        .hasImage();
  }

  public void removeImage(String reference) {
    images().removeImage(RemoveImageRequest.newBuilder().setImage(image(reference)).build());
  }

  /// Starts a pod on the host's network.
  public Pod runPod() throws IOException {
    String name = "pod" + names.incrementAndGet();
    NamespaceOption namespaces =
        NamespaceOption.newBuilder()
            .setNetwork(NamespaceMode.NODE)
            .setPid(NamespaceMode.CONTAINER)
            .build();
    PodSandboxConfig config =
        PodSandboxConfig.newBuilder()
            .setMetadata(
                PodSandboxMetadata.newBuilder().setName(name).setUid(name).setNamespace("it"))
            .setLogDirectory(Files.createDirectories(podLogs.resolve(name)).toString())
            .setLinux(
                LinuxPodSandboxConfig.newBuilder()
                    .setSecurityContext(
                        LinuxSandboxSecurityContext.newBuilder().setNamespaceOptions(namespaces)))
            .build();
    var answer =
        runtime().runPodSandbox(RunPodSandboxRequest.newBuilder().setConfig(config).build());
    return new Pod(answer.getPodSandboxId(), config);
  }

  /// Creates a container of a pulled image; an empty `command` runs the image's own.
  public CreatedContainer create(Pod pod, String reference, List<String> command) {
    String name = "c" + names.incrementAndGet();
    ContainerConfig config =
        ContainerConfig.newBuilder()
            .setMetadata(ContainerMetadata.newBuilder().setName(name))
            .setImage(image(reference))
            .addAllCommand(command)
            .setLogPath(name + ".log")
            .build();
    var answer =
        runtime()
            .createContainer(
                CreateContainerRequest.newBuilder()
                    .setPodSandboxId(pod.id())
                    .setConfig(config)
                    .setSandboxConfig(pod.config())
                    .build());
    Path log = Path.of(pod.config().getLogDirectory()).resolve(name + ".log");
    return new CreatedContainer(answer.getContainerId(), new CriLog(log));
  }

  public void start(String containerId) {
    runtime()
        .startContainer(StartContainerRequest.newBuilder().setContainerId(containerId).build());
  }

  /// Creates, starts and awaits a container; returns what it printed.
  ///
  /// @throws IOException when it ends with another status than 0, with its output
  public String runToEnd(Pod pod, String reference, List<String> command, Duration limit)
      throws IOException {
    CreatedContainer container = create(pod, reference, command);
    start(container.id());
    ContainerStatus end = awaitExit(container.id(), limit);
    String output = container.log().text();
    if (end.getExitCode() != 0) {
      throw new IOException("The container ended with status " + end.getExitCode() + ": " + output);
    }
    return output;
  }

  /// Waits until the container has ended.
  public ContainerStatus awaitExit(String containerId, Duration limit) throws IOException {
    Await.until(
        limit,
        "the container to end",
        () -> status(containerId).getState() == ContainerState.CONTAINER_EXITED);
    return status(containerId);
  }

  public ContainerStatus status(String containerId) {
    return runtime()
        .containerStatus(ContainerStatusRequest.newBuilder().setContainerId(containerId).build())
        .getStatus();
  }

  /// Runs a command inside a running container.
  public ExecSyncResponse exec(String containerId, List<String> command) {
    return runtime()
        .execSync(
            ExecSyncRequest.newBuilder().setContainerId(containerId).addAllCmd(command).build());
  }

  public void removeContainer(String containerId) {
    runtime().stopContainer(StopContainerRequest.newBuilder().setContainerId(containerId).build());
    runtime()
        .removeContainer(RemoveContainerRequest.newBuilder().setContainerId(containerId).build());
  }

  public void removePod(String podId) {
    runtime().stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(podId).build());
    runtime().removePodSandbox(RemovePodSandboxRequest.newBuilder().setPodSandboxId(podId).build());
  }

  /// Stops and removes all containers and pods.
  public void removeEverything() {
    for (Container container :
        runtime().listContainers(ListContainersRequest.getDefaultInstance()).getContainersList()) {
      removeContainer(container.getId());
    }
    for (PodSandbox pod :
        runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList()) {
      removePod(pod.getId());
    }
  }

  @Override
  public void close() {
    channel.close();
  }

  private RuntimeServiceGrpc.RuntimeServiceBlockingStub runtime() {
    return RuntimeServiceGrpc.newBlockingStub(channel.channel())
        .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS);
  }

  private ImageServiceGrpc.ImageServiceBlockingStub images() {
    return ImageServiceGrpc.newBlockingStub(channel.channel())
        .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS);
  }

  private static ImageSpec image(String reference) {
    return ImageSpec.newBuilder().setImage(reference).build();
  }
}
