package io.thaw.fuzz;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// One target in a process of its own: what hangs or eats memory there does no harm here.
///
/// The process works in `DIRECTORY/TARGET`: `corpus` grows from run to run, `findings` has the
/// inputs that failed, `log` all it printed. It starts from the corpus in the repository, which
/// it only reads, and stops at the first finding.
final class FuzzRun {
  private static final String HEAP = "-Xmx512m";
  private static final int MEMORY_LIMIT_MEBIBYTES = 2048;

  /// An input that takes longer hangs. By the clock, so wide: the machine may be busy.
  private static final int INPUT_TIMEOUT_SECONDS = 120;

  private final FuzzTarget target;
  private final Path directory;
  private final Path seeds;

  FuzzRun(FuzzTarget target, Path directory, Path seeds) {
    this.target = target;
    this.directory = directory.resolve(target.label()).toAbsolutePath();
    this.seeds = seeds.resolve(target.label()).toAbsolutePath();
  }

  /// What came of it.
  record Result(FuzzTarget target, RunStats stats, long millis, int exitCode, Path log) {
    boolean failed() {
      return exitCode != 0 || stats.findings() > 0;
    }
  }

  /// Runs the fuzzer until one of the bounds is reached; 0 for no bound.
  Result run(long seconds, long executions) throws IOException, InterruptedException {
    Files.createDirectories(directory.resolve("corpus"));
    Files.createDirectories(directory.resolve("findings"));
    Path log = directory.resolve("log");
    RunStats stats = new RunStats();
    long start = System.nanoTime();
    Process process =
        new ProcessBuilder(command(seconds, executions))
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .start();
    try (BufferedReader out = process.inputReader(StandardCharsets.ISO_8859_1);
        BufferedWriter copy = Files.newBufferedWriter(log, StandardCharsets.ISO_8859_1)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        stats.line(line);
        copy.write(line);
        copy.newLine();
      }
      int exitCode = process.waitFor();
      return new Result(target, stats, (System.nanoTime() - start) / 1_000_000, exitCode, log);
    } finally {
      process.destroyForcibly();
    }
  }

  private List<String> command(long seconds, long executions) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            HEAP,
            "-XX:+UseSerialGC",
            "-XX:+EnableDynamicAgentLoading",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            absoluteClassPath(),
            "com.code_intelligence.jazzer.Jazzer",
            "--target_class=" + target.className(),
            "--instrumentation_includes=io.thaw.**",
            // Jazzer's own bug detectors in every library would make the first input take minutes.
            "--custom_hook_includes=io.thaw.**",
            "--reproducer_path=findings",
            "-artifact_prefix=findings/",
            "-print_final_stats=1",
            "-max_len=" + FuzzTarget.MAX_INPUT_BYTES,
            "-timeout=" + INPUT_TIMEOUT_SECONDS,
            "-rss_limit_mb=" + MEMORY_LIMIT_MEBIBYTES));
    if (seconds > 0) {
      command.add("-max_total_time=" + seconds);
    }
    if (executions > 0) {
      command.add("-runs=" + executions);
    }
    command.add("corpus");
    command.add(seeds.toString());
    return command;
  }

  /// The target runs in a directory of its own.
  private static String absoluteClassPath() {
    String[] entries = System.getProperty("java.class.path").split(File.pathSeparator, -1);
    return Stream.of(entries)
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }
}
