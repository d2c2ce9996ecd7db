package io.thaw.daemon.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.thaw.config.Config;
import io.thaw.daemon.snapshot.Labels;
import io.thaw.proto.containerd.snapshots.v1.CleanupRequest;
import io.thaw.proto.containerd.snapshots.v1.ListSnapshotsRequest;
import io.thaw.proto.containerd.snapshots.v1.MountsRequest;
import io.thaw.proto.containerd.snapshots.v1.PrepareSnapshotRequest;
import io.thaw.proto.containerd.snapshots.v1.RemoveSnapshotRequest;
import io.thaw.proto.containerd.snapshots.v1.SnapshotsGrpc;
import io.thaw.proto.containerd.types.Mount;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The whole daemon against a registry with the golden image; needs root and `/dev/fuse`.
class DaemonTest {
  private static final Path LAYOUT =
      Path.of(System.getProperty("thaw.testdata"), "golden/layout-converted");
  private static final String MANIFEST =
      "sha256:51ba2b0f2bf961e73c296a5d5a13c2da52a6eb071985f873609587d33e1f7f6d";

  @TempDir Path directory;
  private GoldenRegistry registry;
  private EventLoopGroup loops;
  private ManagedChannel channel;
  private Daemon daemon;
  private SnapshotsGrpc.SnapshotsBlockingStub containerd;

  @BeforeEach
  void start() throws IOException {
    assumeTrue(
        Files.isWritable(Path.of("/dev/fuse")) && System.getProperty("user.name").equals("root"),
        "needs root and /dev/fuse");
    registry = new GoldenRegistry(LAYOUT);
    loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    startDaemon();
  }

  private void startDaemon() throws IOException {
    startDaemon(directory.resolve("root"));
  }

  private void startDaemon(Path root) throws IOException {
    Config config = Config.defaults().withRoot(root).withAddress(directory.resolve("t.sock"));
    daemon = Daemon.start(config, Map.of("HOME", directory.toString()));
    channel =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(daemon.socket().toFile()))
            .channelType(EpollDomainSocketChannel.class)
            .eventLoopGroup(loops)
            .usePlaintext()
            .build();
    containerd = SnapshotsGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
  }

  private void stopDaemon() {
    channel.shutdownNow();
    daemon.close();
  }

  @AfterEach
  void stop() throws IOException {
    if (daemon != null) {
      daemon.endMounts();
      stopDaemon();
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
      registry.close();
      new ProcMounts().detachServed(directory, Set.of());
    }
  }

  @Test
  void anImageIsPulledReadSurvivesARestartAndGoes() throws IOException {
    List<String> layers = layerDigests();
    for (int i = 0; i < layers.size(); i++) {
      prepareLayer(layers, i);
    }
    assertThat(registry.requests.get("manifests/" + MANIFEST.substring(7))).isEqualTo(1);

    containerd.prepare(
        PrepareSnapshotRequest.newBuilder()
            .setKey("c")
            .setParent(chain(layers.size() - 1))
            .build());
    Map<String, Long> before = files(lowerDirectories("c"));
    assertThat(before.size()).isGreaterThan(10);

    List<Path> mounted = ProcMounts.below(directory);
    stopDaemon();
    assertThat(ProcMounts.below(directory)).isNotEmpty().isEqualTo(mounted);
    startDaemon();
    assertThat(ProcMounts.below(directory)).as("taken over").isEqualTo(mounted);

    assertThat(files(lowerDirectories("c"))).isEqualTo(before);

    containerd.remove(RemoveSnapshotRequest.newBuilder().setKey("c").build());
    for (int i = layers.size() - 1; i >= 0; i--) {
      containerd.remove(RemoveSnapshotRequest.newBuilder().setKey(chain(i)).build());
    }
    containerd.cleanup(CleanupRequest.getDefaultInstance());
    assertThat(ProcMounts.below(directory)).isEmpty();
    assertThat(directory.resolve("root/snapshots")).isEmptyDirectory();
  }

  @Test
  void aRootBehindALinkGoesByItsRealName() throws IOException {
    stopDaemon();
    startDaemon(Files.createSymbolicLink(directory.resolve("link"), directory.resolve("root")));
    prepareLayer(layerDigests(), 0);
    containerd.prepare(PrepareSnapshotRequest.newBuilder().setKey("c").setParent(chain(0)).build());

    Path real = directory.toRealPath().resolve("root");
    assertThat(lowerDirectories("c")).allMatch(lower -> lower.startsWith(real));
  }

  private void prepareLayer(List<String> layers, int i) throws IOException {
    PrepareSnapshotRequest request =
        PrepareSnapshotRequest.newBuilder()
            .setKey("extract-" + i)
            .setParent(i == 0 ? "" : chain(i - 1))
            .putLabels(Labels.TARGET, chain(i))
            .putLabels(Labels.IMAGE_REF, registry.host() + "/golden:latest")
            .putLabels(Labels.MANIFEST_DIGEST, MANIFEST)
            .putLabels(Labels.LAYER_DIGEST, layers.get(i))
            .putLabels(Labels.IMAGE_LAYERS, String.join(",", layers.subList(i, layers.size())))
            .build();
    assertThatThrownBy(() -> containerd.prepare(request))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.ALREADY_EXISTS));
    String filter =
        "labels.\"containerd.io/snapshot.ref\"==%s,parent==\"%s\""
            .formatted(chain(i), request.getParent());
    assertThat(
            containerd
                .list(ListSnapshotsRequest.newBuilder().addFilters(filter).build())
                .next()
                .getInfo(0)
                .getName())
        .isEqualTo(chain(i));
  }

  /// What containerd calls the snapshot of layer `i`.
  private static String chain(int i) throws IOException {
    JsonNode config = document(document(MANIFEST).get("config").get("digest").asText());
    JsonNode diffIds = config.get("rootfs").get("diff_ids");
    String chain = diffIds.get(0).asText();
    for (int layer = 1; layer <= i; layer++) {
      String both = chain + " " + diffIds.get(layer).asText();
      chain = Digest.sha256(both.getBytes(StandardCharsets.US_ASCII)).toString();
    }
    return chain;
  }

  private static JsonNode document(String digest) throws IOException {
    return new ObjectMapper()
        .readTree(Files.readAllBytes(LAYOUT.resolve("blobs/sha256/" + digest.substring(7))));
  }

  private static List<String> layerDigests() throws IOException {
    List<String> digests = new ArrayList<>();
    document(MANIFEST).get("layers").forEach(layer -> digests.add(layer.get("digest").asText()));
    return digests;
  }

  private List<Path> lowerDirectories(String key) {
    Mount mount = containerd.mounts(MountsRequest.newBuilder().setKey(key).build()).getMounts(0);
    String lower =
        mount.getOptionsList().stream()
            .filter(o -> o.startsWith("lowerdir="))
            .findFirst()
            .orElseThrow();
    return Stream.of(lower.substring("lowerdir=".length()).split(":")).map(Path::of).toList();
  }

  private static boolean isRegular(Path file) {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
  }

  /// Sums of all regular files, read through the mounts.
  private static Map<String, Long> files(List<Path> directories) throws IOException {
    Map<String, Long> sums = new TreeMap<>();
    for (int i = 0; i < directories.size(); i++) {
      Path root = directories.get(i);
      try (Stream<Path> all = Files.walk(root)) {
        for (Path file : all.filter(DaemonTest::isRegular).toList()) {
          CRC32 crc = new CRC32();
          crc.update(Files.readAllBytes(file));
          sums.put(i + "/" + root.relativize(file), crc.getValue());
        }
      }
    }
    return sums;
  }
}
