package io.thaw.bench;

import io.thaw.bench.image.ImageShelf;
import io.thaw.bench.start.StartBench;
import io.thaw.bench.start.StartReport;
import io.thaw.bench.start.Subject;
import io.thaw.it.net.LinkRate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What `bench lazy` and `bench eager` have in common.
abstract class StartCommand implements Callable<Integer> {
  @Mixin private Rounds runs = new Rounds();

  @Option(
      names = "--image",
      paramLabel = "IMAGE",
      defaultValue = "mlcuda",
      description = "mlcpu, mlcuda (default), or a reference; made or copied once and kept")
  private String image = "mlcuda";

  @Option(
      names = "--rate",
      paramLabel = "MBIT",
      defaultValue = "1000",
      description = "the link's rate; 0 for no limit (default: ${DEFAULT-VALUE})")
  private int rate;

  @Option(
      names = "--rtt",
      paramLabel = "MS",
      defaultValue = "5",
      description =
          "the link's round trip; 0 with --rate 0 is loopback (default: ${DEFAULT-VALUE})")
  private int roundTrip;

  @Option(names = "--json", paramLabel = "FILE", description = "also write all figures to FILE")
  private @Nullable Path json;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "further configuration of thawd, TOML")
  private @Nullable Path config;

  @Option(
      names = "--thawd",
      paramLabel = "PROGRAM",
      defaultValue = "bin/thawd",
      description = "the daemon (default: ${DEFAULT-VALUE})")
  private Path thawd = Path.of("bin/thawd");

  @Option(
      names = "--containerd",
      paramLabel = "PROGRAM",
      defaultValue = "containerd",
      description = "another containerd than the host's")
  private Path containerd = Path.of("containerd");

  @Option(names = "--wheels", paramLabel = "DIR", description = "make images of wheels in DIR")
  private @Nullable Path wheels;

  @Option(
      names = "--without",
      paramLabel = "NAME",
      description = "leave out thaw or overlayfs; may be repeated")
  private List<String> without = List.of();

  @Option(names = "--no-settle", description = "do not wait until all of the image is on the disk")
  private boolean noSettle;

  @Option(
      names = "--keep-logs",
      paramLabel = "DIR",
      description = "leave everybody's logs in DIR, and of each run of thawd timeline and profile")
  private @Nullable Path keepLogs;

  @Option(
      names = "--profile",
      description = {
        "record each run of thawd with the JDK's flight recorder: thaw-RUN.jfr in --json's",
        "directory, or here; costs a few percent"
      })
  private boolean profile;

  @ArgGroup(exclusive = false, multiplicity = "0..*")
  private List<Other> others = List.of();

  /// Somebody else's snapshotter.
  static final class Other {
    @Option(
        names = "--subject",
        required = true,
        paramLabel = "NAME=SOCKET",
        description = "measure another snapshotter too, which listens on SOCKET")
    private String subject = "";

    @Option(
        names = "--start",
        required = true,
        paramLabel = "COMMAND",
        description = {
          "what starts it, in the foreground; may use $THAW_BENCH_ROOT (a fresh directory) and",
          "$THAW_BENCH_REGISTRY (host:port, plain HTTP)"
        })
    private String start = "";

    Subject toSubject() {
      int equals = subject.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException("--subject is NAME=SOCKET, not " + subject);
      }
      return new Subject.Other(
          subject.substring(0, equals), Path.of(subject.substring(equals + 1)), start);
    }
  }

  /// Whether the image that is pulled has an index.
  abstract boolean indexed();

  /// Whether thawd is given a profile of the start.
  boolean withStartProfile() {
    return false;
  }

  /// Configuration of thawd unless `--config` is given.
  abstract String defaultConfig();

  @Override
  public Integer call() throws IOException {
    StartBench.Plan plan =
        new StartBench.Plan(
            image,
            indexed(),
            new LinkRate(rate, roundTrip),
            runs.count(),
            subjects(),
            containerd,
            !noSettle,
            withStartProfile(),
            keepLogs,
            profile ? recordings() : null);
    ImageShelf shelf = new ImageShelf(BenchLayer.cache(), wheels, System.out::println);
    StartReport report = new StartBench(plan, shelf, System.out::println).run();
    System.out.printf("%n%s%n", report.table());
    report.environment().forEach((key, value) -> System.out.println(key + ": " + value));
    if (json != null) {
      report.writeJson(json);
    }
    return 0;
  }

  private Path recordings() {
    Path parent = json == null ? null : json.toAbsolutePath().getParent();
    return parent == null ? Path.of("").toAbsolutePath() : parent;
  }

  private List<Subject> subjects() throws IOException {
    List<Subject> subjects = new ArrayList<>();
    String lines = config == null ? defaultConfig() : Files.readString(config);
    subjects.add(new Subject.Thaw(thawd.toAbsolutePath(), lines));
    others.forEach(other -> subjects.add(other.toSubject()));
    subjects.add(new Subject.Overlayfs());
    subjects.removeIf(subject -> without.contains(subject.name()));
    return subjects;
  }

  /// `bench lazy`.
  @Command(
      name = "lazy",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = {
        "Pull and start of an indexed image on a node that has nothing, behind a link, until its",
        "first output and until all of it is on the disk; overlayfs beside it."
      })
  static final class Lazy extends StartCommand {
    @Option(
        names = "--with-start-profile",
        description = {
          "first start the image once, unmeasured, and give each measured thawd the profile",
          "that was recorded, before the pull"
        })
    private boolean startProfile;

    @Override
    boolean withStartProfile() {
      return startProfile;
    }

    @Override
    boolean indexed() {
      return true;
    }

    @Override
    String defaultConfig() {
      return "";
    }
  }

  /// `bench eager`.
  @Command(
      name = "eager",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = {
        "The same with the whole image pulled and unpacked before the start, by thawd's parallel",
        "pull and by overlayfs."
      })
  static final class Eager extends StartCommand {
    @Option(names = "--indexed", description = "pull the image that has an index")
    private boolean indexed;

    @Override
    boolean indexed() {
      return indexed;
    }

    @Override
    String defaultConfig() {
      return "pull_modes.parallel_pull_unpack.enable = true\n";
    }
  }
}
