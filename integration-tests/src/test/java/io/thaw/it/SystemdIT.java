package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thaw.config.Shipped;
import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.ImagePush;
import io.thaw.it.net.LocalRegistry;
import io.thaw.it.net.RegistryAuth;
import io.thaw.it.node.Await;
import io.thaw.it.node.Commands;
import io.thaw.it.node.Mounts;
import io.thaw.it.node.Node;
import io.thaw.it.node.SnapshotsClient;
import io.thaw.it.node.Systemd;
import io.thaw.it.node.Thawd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/// The shipped units under a real systemd.
class SystemdIT {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final String SERVICE = "thawd.service";
  private static final String SOCKET = "thawd.socket";

  private Node node;
  private Systemd systemd;

  @BeforeEach
  void start() throws IOException {
    Optional<String> unusable = Systemd.unusable();
    assumeTrue(unusable.isEmpty(), () -> unusable.orElse(""));
    node = Node.create();
    // Where the program lies and its log goes is this test's; all else is as shipped.
    String ours =
        """
        [Service]
        ExecStart=
        ExecStart=%s
        Environment=DOCKER_CONFIG=%s
        StandardOutput=append:%s
        StandardError=inherit
        TimeoutAbortSec=2
        """
            .formatted(
                String.join(" ", Thawd.ownJava()),
                node.dir("docker"),
                node.dir().resolve("thawd.log"));
    systemd =
        node.own(
            Systemd.start(
                node.dir("systemd-" + node.dir().getFileName()),
                node.dir().resolve("systemd.log"),
                Map.of(
                    SERVICE,
                    Shipped.text("systemd/thawd.service"),
                    SERVICE + ".d/it.conf",
                    ours,
                    SOCKET,
                    Shipped.text("systemd/thawd.socket"))));
  }

  @AfterEach
  void end(TestInfo test) throws IOException {
    if (node != null) {
      node.copyLogs(
          Path.of("target", "it-logs", "SystemdIT." + test.getDisplayName().replace("()", "")));
      node.close();
    }
  }

  @Test
  void theServiceIsActiveOnceItServesAndItsMountsAreTheHosts() throws IOException {
    systemd.systemctl("start", SERVICE);

    assertThat(systemd.property(SERVICE, "ActiveState")).isEqualTo("active");
    try (SnapshotsClient snapshots = client()) {
      assertThat(snapshots.list()).isEmpty();
      pullGolden(snapshots);
    }
    assertThat(lazyMounts()).as("what systemd's own mount namespace shows").hasSize(1);
    Path tree = systemd.path(lazyMounts().getFirst().mountpoint().toString());
    assertThat(names(tree)).isNotEmpty();

    String before = systemd.property(SERVICE, "MainPID");
    systemd.systemctl("restart", SERVICE);
    assertThat(systemd.property(SERVICE, "MainPID")).isNotEqualTo(before);
    assertThat(lazyMounts()).as("a restart keeps mounts").hasSize(1);
    assertThat(names(tree)).as("and the next daemon serves them").isNotEmpty();

    systemd.systemctl("stop", SERVICE);
    assertThat(systemd.property(SERVICE, "Result")).isEqualTo("success");
    assertThat(lazyMounts()).as("SIGTERM leaves mounts").hasSize(1);
    systemd.systemctl("start", SERVICE);
    assertThat(lazyMounts()).hasSize(1);
    assertThat(names(tree)).isNotEmpty();
  }

  /// For a stop that is none of a restart systemd lets go of the descriptors.
  @Test
  void aReadThatIsMadeWhileTheServiceRestartsIsAnsweredByTheNextOne() throws Exception {
    systemd.systemctl("start", SERVICE);
    try (SnapshotsClient snapshots = client()) {
      pullGolden(snapshots);
    }
    Path tree = systemd.path(lazyMounts().getFirst().mountpoint().toString());
    List<Path> files = files(tree);
    List<FileChannel> open = new ArrayList<>();
    for (Path file : files) {
      open.add(FileChannel.open(file, StandardOpenOption.READ));
    }

    systemd.unit(SERVICE + ".d/slow.conf", "[Service]\nExecStartPre=/bin/sleep 15\n");
    systemd.systemctl("restart", "--no-block", SERVICE);
    Await.until(
        LIMIT,
        "the daemon to be gone and the next one not there",
        () -> systemd.property(SERVICE, "SubState").equals("start-pre"));
    CompletableFuture<List<Long>> read = new CompletableFuture<>();
    Thread reader =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  try {
                    read.complete(readAll(open));
                  } catch (IOException e) {
                    read.completeExceptionally(e);
                  }
                });
    Await.until(LIMIT, "the reader to wait", () -> isInRead(reader) || read.isDone());
    assertThat(read).isNotDone();

    List<Long> sizes = new ArrayList<>();
    for (Path file : files) {
      sizes.add(Files.size(file));
    }
    assertThat(read.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo(sizes);
    assertThat(sizes.stream().mapToLong(Long::longValue).sum()).isPositive();
    for (FileChannel file : open) {
      file.close();
    }
  }

  @Test
  void aStopWithSigintIsForGoodAndEndsTheMounts() throws IOException {
    systemd.systemctl("start", SERVICE);
    try (SnapshotsClient snapshots = client()) {
      pullGolden(snapshots);
    }
    assertThat(lazyMounts()).hasSize(1);
    systemd.unit(SERVICE + ".d/stop.conf", "[Service]\nKillSignal=SIGINT\n");

    systemd.systemctl("stop", SERVICE);

    assertThat(systemd.property(SERVICE, "Result")).isEqualTo("success");
    assertThat(lazyMounts()).isEmpty();
    assertThat(systemd.property(SERVICE, "NFileDescriptorStore")).isEqualTo("0");
    systemd.systemctl("start", SERVICE);
    assertThat(systemd.property(SERVICE, "ActiveState")).isEqualTo("active");
  }

  /// Whether the thread is in the system call; the JVM shows no more of it.
  private static boolean isInRead(Thread reader) {
    return Stream.of(reader.getStackTrace())
        .anyMatch(frame -> frame.isNativeMethod() && frame.getMethodName().contains("read"));
  }

  private static List<Long> readAll(List<FileChannel> files) throws IOException {
    List<Long> sizes = new ArrayList<>();
    ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
    for (FileChannel file : files) {
      long size = 0;
      for (int n = file.read(buffer.clear()); n >= 0; n = file.read(buffer.clear())) {
        size += n;
      }
      sizes.add(size);
    }
    return sizes;
  }

  private static List<Path> files(Path dir) throws IOException {
    try (Stream<Path> all = Files.walk(dir)) {
      return all.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
          .sorted()
          .toList();
    }
  }

  @Test
  void aDaemonThatHangsIsStartedAgain() throws IOException {
    systemd.systemctl("start", SERVICE);
    String first = systemd.property(SERVICE, "MainPID");
    String told = systemd.property(SERVICE, "WatchdogTimestampMonotonic");
    Await.until(
        LIMIT,
        "the daemon to tell again that it is well",
        () -> !systemd.property(SERVICE, "WatchdogTimestampMonotonic").equals(told));
    assertThat(systemd.property(SERVICE, "NRestarts")).isEqualTo("0");

    systemd.systemctl("kill", "--signal=STOP", "--kill-who=main", SERVICE);

    Await.until(
        LIMIT,
        "another daemon to be active",
        () ->
            !systemd.property(SERVICE, "MainPID").equals(first)
                && systemd.property(SERVICE, "ActiveState").equals("active"));
    try (SnapshotsClient snapshots = client()) {
      assertThat(snapshots.list()).isEmpty();
    }
  }

  @Test
  void theFirstCallStartsTheServiceAndCallsWaitWhileItRestarts() throws IOException {
    systemd.systemctl("start", SOCKET);
    assertThat(systemd.property(SERVICE, "ActiveState")).isEqualTo("inactive");
    try (SnapshotsClient snapshots = client()) {
      assertThat(snapshots.list()).isEmpty();
    }
    Await.until(
        LIMIT,
        "the service to be active",
        () -> systemd.property(SERVICE, "ActiveState").equals("active"));

    systemd.systemctl("stop", SERVICE);
    assertThat(systemd.path(Shipped.SOCKET)).as("systemd holds the socket").exists();
    systemd.systemctl("start", "--no-block", SERVICE);
    try (SnapshotsClient snapshots = client()) {
      assertThat(snapshots.list()).as("a call made while it starts").isEmpty();
    }
  }

  @Test
  void systemdFindsNothingWrongInTheUnits() throws IOException {
    Path service = node.dir("verify").resolve(SERVICE);
    Path socket = node.dir("verify").resolve(SOCKET);
    Files.writeString(
        service,
        Shipped.text("systemd/thawd.service")
            .replace("/usr/bin/thawd --config", "/bin/true --config"));
    Files.writeString(socket, Shipped.text("systemd/thawd.socket"));

    assertThat(
            Commands.run(
                "systemd-analyze",
                "verify",
                "--man=no",
                "--recursive-errors=no",
                service.toString(),
                socket.toString()))
        .isEmpty();
  }

  private static List<Path> names(Path dir) throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      return files.toList();
    }
  }

  private SnapshotsClient client() {
    return new SnapshotsClient(systemd.path(Shipped.SOCKET));
  }

  private List<Mounts.Entry> lazyMounts() throws IOException {
    // Those of other daemons of the host are to be seen as well.
    return systemd.mounts("1").stream()
        .filter(
            e -> e.fsType().startsWith("fuse.thaw") && e.mountpoint().startsWith("/var/lib/thaw"))
        .toList();
  }

  private void pullGolden(SnapshotsClient snapshots) throws IOException {
    LocalRegistry registry =
        node.own(
            LocalRegistry.start(
                node.dir("registry"), node.dir().resolve("registry.log"), new RegistryAuth.None()));
    ImageLayout image = TestImages.golden("gnu-6.tar.gz", node.dir().resolve("layout"));
    Path converted = node.dir().resolve("converted");
    ImagePush.convert(image.dir(), converted, TestImages.SMALL_SPANS);
    String reference = registry.address() + "/image:1";
    new ImagePush(null).push(converted, reference);
    Map<String, String> labels = LayerLabels.cri(reference, image, 0);
    assertThat(snapshots.prepareRemote("extract-1", "", labels)).isTrue();
  }
}
