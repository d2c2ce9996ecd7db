package io.thaw.it.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.it.image.RemoteChain;
import io.thaw.it.net.LocalRegistry;
import io.thaw.it.net.RegistryAuth;
import io.thaw.it.node.Await;
import io.thaw.it.node.Node;
import io.thaw.it.node.SnapshotsClient;
import io.thaw.it.node.Thawd;
import io.thaw.proto.containerd.snapshots.v1.Info;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Eight callers do a thousand random things with snapshots while the daemon is killed and started
/// again and again. Afterwards names, directories, layers and mounts have to agree with each other
/// and with what was answered.
///
/// The seed is printed. `-Dthaw.chaos.seed=N` repeats the callers' choices, though not how they
/// interleave; `-Dthaw.chaos.operations=N` makes it longer.
class SnapshotChaosIT {
  private static final int CALLERS = 8;
  private static final int OPERATIONS = Integer.getInteger("thaw.chaos.operations", 1_000);
  private static final int FEWEST_BETWEEN_KILLS = 60;
  private static final int MOST_BETWEEN_KILLS = 160;
  private static final Duration LIMIT = Duration.ofMinutes(10);

  private final long seed = Long.getLong("thaw.chaos.seed", new Random().nextLong());
  private Node node;

  @BeforeEach
  void open() throws IOException {
    System.out.println("SnapshotChaosIT: -Dthaw.chaos.seed=" + seed);
    node = Node.create();
  }

  @AfterEach
  void close() throws IOException {
    node.close();
  }

  @Test
  void namesAndDirectoriesAgreeHoweverOftenTheDaemonIsKilled() throws Exception {
    RemoteChain image = pushImage();
    Path log = node.dir().resolve("thawd.log");
    Thawd.Setup setup = Thawd.Setup.in(node.dir("thawd"), log);
    try (MortalDaemon daemon = new MortalDaemon(setup)) {
      List<Caller> callers = new ArrayList<>();
      for (int i = 0; i < CALLERS; i++) {
        callers.add(new Caller("c" + i, daemon, image, seed + i));
      }
      int kills = run(callers, daemon);
      assertThat(kills).isPositive();

      daemon.killAndRestart();
      SnapshotsClient client = MortalDaemon.client(daemon.life());
      client.cleanup();
      assertAgrees(setup.root().toRealPath(), client, callers, image);
      removeAll(client);
      client.cleanup();
      DiskAudit.of(setup.root().toRealPath()).assertAgreesWith(List.of());
    }
  }

  private RemoteChain pushImage() throws IOException {
    LocalRegistry registry =
        node.own(
            LocalRegistry.start(
                node.dir("registry"), node.dir().resolve("registry.log"), new RegistryAuth.None()));
    Path golden = Path.of(System.getProperty("thaw.testdata"), "golden");
    return RemoteChain.push(
        List.of(
            golden.resolve("pax-6.tar.gz"),
            golden.resolve("gnu-6.tar.gz"),
            golden.resolve("tiny-6.tar.gz")),
        node.dir().resolve("layout"),
        registry.address() + "/chaos:1");
  }

  /// Returns how often the daemon was killed while the callers worked.
  private int run(List<Caller> callers, MortalDaemon daemon) throws Exception {
    AtomicInteger begun = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    Random random = new Random(seed - 1);
    int kills = 0;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> work = new ArrayList<>();
      for (Caller caller : callers) {
        work.add(
            threads.submit(
                () -> {
                  while (begun.getAndIncrement() < OPERATIONS) {
                    caller.step();
                    done.incrementAndGet();
                  }
                  return null;
                }));
      }
      int next = random.nextInt(FEWEST_BETWEEN_KILLS, MOST_BETWEEN_KILLS);
      while (next < OPERATIONS && awaited(next, done, work)) {
        daemon.killAndRestart();
        kills++;
        next = done.get() + random.nextInt(FEWEST_BETWEEN_KILLS, MOST_BETWEEN_KILLS);
      }
      for (Future<?> one : work) {
        join(one);
      }
    }
    System.out.println("SnapshotChaosIT: " + done + " operations, " + kills + " kills");
    return kills;
  }

  /// Waits until that many operations are done; false if a caller has ended before.
  private static boolean awaited(int operations, AtomicInteger done, List<Future<?>> work)
      throws IOException {
    Await.until(
        LIMIT,
        operations + " operations",
        () -> done.get() >= operations || work.stream().anyMatch(Future::isDone));
    return work.stream().noneMatch(Future::isDone);
  }

  private static void join(Future<?> caller) throws Exception {
    try {
      caller.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  private static void assertAgrees(
      Path root, SnapshotsClient client, List<Caller> callers, RemoteChain image)
      throws IOException {
    List<Info> listed = client.list();
    Map<String, Entry> model = new HashMap<>();
    callers.forEach(caller -> model.putAll(caller.known()));
    Set<String> mayExist = new HashSet<>(model.keySet());
    mayExist.addAll(image.names());
    assertThat(listed.stream().map(Info::getName).toList()).isSubsetOf(mayExist);
    DiskAudit audit = DiskAudit.of(root);
    audit.assertHolds(model, listed);
    audit.assertAgreesWith(listed);
  }

  /// Children first.
  private static void removeAll(SnapshotsClient client) {
    List<Info> left = client.list();
    while (!left.isEmpty()) {
      Set<String> parents = new HashSet<>();
      left.forEach(info -> parents.add(info.getParent()));
      left.stream()
          .map(Info::getName)
          .filter(name -> !parents.contains(name))
          .forEach(client::remove);
      left = client.list();
    }
  }
}
