package io.thaw.bench.start;

import io.thaw.bench.image.ImageShelf;
import io.thaw.bench.image.ImageShelf.Shelved;
import io.thaw.it.image.ImagePush;
import io.thaw.it.image.PauseImage;
import io.thaw.it.net.LinkRate;
import io.thaw.it.net.LocalRegistry;
import io.thaw.it.net.NetLink;
import io.thaw.it.net.RegistryAuth;
import io.thaw.it.node.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Runs all subjects in turn, as often as wished, on one link.
public final class StartBench {
  private final Plan plan;
  private final ImageShelf shelf;
  private final Consumer<String> progress;

  /// What is to be measured.
  ///
  /// @param image as [ImageShelf#get] takes it
  /// @param indexed whether the image that is pulled has an index
  /// @param link between registry and node
  /// @param runs how often each subject runs
  /// @param subjects in the order of the first run
  /// @param containerd the program
  /// @param awaitSettled whether a run ends only when all of the image is on the disk
  /// @param withStartProfile whether our daemon is given a profile, recorded in a run before
  /// @param keepLogs where the logs of all runs go, or null
  /// @param recordings the directory for flight recordings of our daemon, or null for none
  public record Plan(
      String image,
      boolean indexed,
      LinkRate link,
      int runs,
      List<Subject> subjects,
      Path containerd,
      boolean awaitSettled,
      boolean withStartProfile,
      @Nullable Path keepLogs,
      @Nullable Path recordings) {}

  public StartBench(Plan plan, ImageShelf shelf, Consumer<String> progress) {
    this.plan = plan;
    this.shelf = shelf;
    this.progress = progress;
  }

  public StartReport run() throws IOException {
    try (Node node = Node.create()) {
      try {
        return run(node);
      } catch (IOException | RuntimeException e) {
        Path logs = Files.createTempDirectory("thaw-bench-logs");
        node.copyLogs(logs);
        progress.accept("The logs of what ran are in " + logs);
        throw e;
      }
    }
  }

  private StartReport run(Node node) throws IOException {
    Shelved image = shelf.get(plan.image(), node);
    String pause = shelvePause(node);
    Map<String, Object> environment = Environment.facts(plan.containerd());
    NetLink link = node.own(NetLink.open(plan.link()));
    LocalRegistry registry =
        node.own(
            LocalRegistry.startBehind(
                link, shelf.registryDir(), node.dir().resolve("far-registry.log")));
    StartRun.Stage stage =
        new StartRun.Stage(
            node,
            link,
            registry,
            image.reference(registry.address(), plan.indexed()),
            registry.address() + pause,
            plan.withStartProfile() ? node.dir().resolve("start-profile.json") : null);
    if (plan.withStartProfile()) {
      recordProfile(stage);
    }
    Map<String, List<StartFigures>> figures = new LinkedHashMap<>();
    for (int round = 0; round < plan.runs(); round++) {
      List<Subject> order = new ArrayList<>(plan.subjects());
      Collections.rotate(order, -round);
      for (Subject subject : order) {
        String name = subject.name() + "-" + (round + 1);
        progress.accept(
            "%s %s at load %s"
                .formatted(
                    Instant.now().truncatedTo(ChronoUnit.SECONDS), name, Environment.load()));
        StartFigures run = new StartRun(plan, stage, subject, name).run();
        progress.accept("  " + StartReport.line(run));
        figures.computeIfAbsent(subject.name(), _ -> new ArrayList<>()).add(run);
        if (plan.keepLogs() != null) {
          node.copyLogs(plan.keepLogs());
        }
      }
    }
    environment.put("loadAverageAtEnd", Environment.load());
    return new StartReport(plan, image, environment, figures);
  }

  private void recordProfile(StartRun.Stage stage) throws IOException {
    Subject.Thaw thaw =
        plan.subjects().stream()
            .filter(Subject.Thaw.class::isInstance)
            .map(Subject.Thaw.class::cast)
            .findFirst()
            .orElseThrow(() -> new IOException("a start profile is for thaw, which is left out"));
    progress.accept("recording a start, which is not measured");
    progress.accept("  " + new StartRun(plan, stage, thaw, "recording").record());
  }

  // Pods need an image as well; it stays in the storage, as the others do.
  private String shelvePause(Node node) throws IOException {
    LocalRegistry near =
        node.own(
            LocalRegistry.start(
                shelf.registryDir(), node.dir().resolve("shelf.log"), new RegistryAuth.None()));
    String name = "/bench/pause:1";
    new ImagePush(null).push(PauseImage.write(node.dir("pause")).dir(), near.address() + name);
    node.release(near);
    return name;
  }
}
