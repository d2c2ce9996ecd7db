package io.thaw.bench.start;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.thaw.bench.ProcessFigures;
import io.thaw.bench.Shell;
import io.thaw.cli.ThawMain;
import io.thaw.it.net.LocalRegistry;
import io.thaw.it.net.NetLink;
import io.thaw.it.node.Await;
import io.thaw.it.node.Commands;
import io.thaw.it.node.Containerd;
import io.thaw.it.node.CriClient.Pod;
import io.thaw.it.node.Node;
import io.thaw.it.run.PageCache;
import io.thaw.it.run.TimedRun;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// One subject once: fresh roots, cold caches, a daemon that has just started.
final class StartRun {
  private static final Duration LIMIT = Duration.ofMinutes(20);

  private final StartBench.Plan plan;
  private final Stage stage;
  private final Subject subject;
  private final String name;

  /// What all runs have in common.
  ///
  /// @param reference the image, in the registry behind the link
  /// @param pause the image that holds pods open, there too
  /// @param profile the start profile our daemon is given, or null
  record Stage(
      Node node,
      NetLink link,
      LocalRegistry registry,
      String reference,
      String pause,
      @Nullable Path profile) {}

  StartRun(StartBench.Plan plan, Stage stage, Subject subject, String name) {
    this.plan = plan;
    this.stage = stage;
    this.subject = subject;
    this.name = name;
  }

  StartFigures run() throws IOException {
    return run(true, this::measure);
  }

  /// A run that is not measured, but recorded: the profile is in the stage's file when this
  /// returns.
  ///
  /// @return what was recorded, in a line
  String record() throws IOException {
    Path file = Objects.requireNonNull(stage.profile(), "there is a place for the profile");
    return run(
        false,
        (_, daemon, containerd) -> {
          TimedRun.of(
              containerd,
              containerd.cri().runPod(),
              stage.reference(),
              null,
              new TimedRun.Traffic(() -> 0, () -> 0),
              LIMIT);
          String recorded = thaw(daemon, "profile", "record", "--from-node", stage.reference());
          thaw(daemon, "profile", "export", "-o", file.toString(), stage.reference());
          return recorded.strip();
        });
  }

  @FunctionalInterface
  private interface Measurement<T> {
    T take(Path dir, @Nullable Daemon daemon, Containerd containerd) throws IOException;
  }

  private <T> T run(boolean profiled, Measurement<T> measurement) throws IOException {
    Node node = stage.node();
    Path dir = node.dir(name);
    if (!PageCache.drop()) {
      PageCache.dropBelow(stage.registry().storage());
    }
    Daemon daemon = daemon(dir);
    if (daemon != null) {
      node.own(daemon);
    }
    Containerd containerd =
        node.own(
            Containerd.start(
                Containerd.Setup.in(
                        dir.resolve("c"),
                        log("containerd"),
                        daemon == null ? null : daemon.socket(),
                        stage.pause())
                    .withEnter(stage.link().near().enter())
                    .withProgram(plan.containerd())
                    .withPlainHttpHosts(List.of(stage.registry().address()))));
    if (profiled && subject instanceof Subject.Thaw && stage.profile() != null) {
      thaw(daemon, "profile", "import", stage.profile().toString());
    }
    T figures = measurement.take(dir, daemon, containerd);
    node.release(containerd);
    if (daemon != null) {
      node.release(daemon);
    }
    Commands.run("rm", "-rf", "--one-file-system", dir.toString());
    return figures;
  }

  /// Runs our command line against our daemon.
  private static String thaw(@Nullable Daemon daemon, String... args) throws IOException {
    List<String> all = new ArrayList<>(List.of(args));
    all.add("--daemon=" + Objects.requireNonNull(daemon, "the daemon runs").socket());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    if (ThawMain.run("thaw", out, err, all.toArray(String[]::new)) != 0) {
      throw new IOException(err.toString(UTF_8).strip());
    }
    return out.toString(UTF_8);
  }

  // Now, for the fill that follows makes events too, and only so many are kept.
  private void keepStart(@Nullable Daemon daemon) throws IOException {
    Path logs = plan.keepLogs();
    if (logs == null || !(subject instanceof Subject.Thaw)) {
      return;
    }
    Files.createDirectories(logs);
    Files.writeString(
        logs.resolve(name + "-timeline.json"),
        thaw(daemon, "timeline", "--json", stage.reference()));
    thaw(daemon, "profile", "record", "--from-node", stage.reference());
    Files.writeString(
        logs.resolve(name + "-profile.json"), thaw(daemon, "profile", "export", stage.reference()));
  }

  private @Nullable Daemon daemon(Path dir) throws IOException {
    return switch (subject) {
      case Subject.Thaw thaw ->
          Daemon.start(withPlainHttp(thaw), stage.link(), dir, log("thawd"), recording());
      case Subject.Overlayfs _ -> null;
      case Subject.Other other ->
          Daemon.start(
              other,
              stage.link(),
              stage.registry().address(),
              Files.createDirectories(dir.resolve("root")),
              log(other.name()));
    };
  }

  private @Nullable Path recording() {
    Path recordings = plan.recordings();
    return recordings == null ? null : recordings.resolve(name + ".jfr");
  }

  private Subject.Thaw withPlainHttp(Subject.Thaw thaw) {
    String hosts = "registry.plain_http_hosts = [\"%s\"]\n".formatted(stage.registry().address());
    return new Subject.Thaw(thaw.launcher(), hosts + thaw.config());
  }

  private Path log(String what) {
    return stage.node().dir().resolve(name + "-" + what + ".log");
  }

  private StartFigures measure(Path dir, @Nullable Daemon daemon, Containerd containerd)
      throws IOException {
    long measured = daemon == null ? containerd.pid() : daemon.pid();
    ProcessHandle process = ProcessHandle.of(measured).orElseThrow();
    LongSupplier bytes = counter(() -> stage.link().receivedBytes(containerd.pid()));
    LongSupplier requests = counter(stage.registry()::answered);
    Pod pod = containerd.cri().runPod();
    int mountsBefore = daemon == null ? 0 : daemon.lazyLayers();
    int settledBefore = daemon == null ? 0 : daemon.settledLayers().orElse(0);
    long begin = System.nanoTime();
    TimedRun run =
        TimedRun.of(
            containerd, pod, stage.reference(), null, new TimedRun.Traffic(bytes, requests), LIMIT);
    double cpu = ProcessFigures.cpuSeconds(process);
    keepStart(daemon);
    int lazy = daemon == null ? 0 : daemon.lazyLayers() - mountsBefore;
    Double settled = run.pullSeconds();
    if (daemon != null && lazy > 0) {
      settled = plan.awaitSettled() ? awaitSettled(daemon, settledBefore + lazy, begin) : null;
    }
    Double cpuSettled = settled == null ? null : ProcessFigures.cpuSeconds(process);
    return new StartFigures(
        run.pullSeconds(),
        run.startSeconds(),
        run.totalSeconds(),
        run.bytesAtReady(),
        run.requestsAtReady(),
        settled,
        cpu,
        cpuSettled,
        ProcessFigures.peakRssBytes(measured),
        diskBytes(dir),
        lazy);
  }

  private static @Nullable Double awaitSettled(Daemon daemon, int layers, long begin)
      throws IOException {
    OptionalInt known = daemon.settledLayers();
    if (known.isEmpty()) {
      return null;
    }
    Await.until(LIMIT, "the image to settle", () -> daemon.settledLayers().orElse(0) >= layers);
    return (System.nanoTime() - begin) / 1e9;
  }

  // One file system only: what is mounted below is not on the disk a second time.
  private static double diskBytes(Path dir) throws IOException {
    String size =
        Shell.output("du -s -x --block-size=1 \"$1\" 2>/dev/null | cut -f1", dir.toString());
    return Double.parseDouble(size.strip());
  }

  @FunctionalInterface
  private interface Count {
    long get() throws IOException;
  }

  private static LongSupplier counter(Count count) {
    return () -> {
      try {
        return count.get();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
  }
}
