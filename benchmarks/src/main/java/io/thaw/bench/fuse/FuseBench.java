package io.thaw.bench.fuse;

import static io.thaw.bench.MarkdownTable.number;
import static io.thaw.bench.MarkdownTable.times;

import io.thaw.bench.BenchLayer;
import io.thaw.bench.MarkdownTable;
import io.thaw.bench.Medians;
import io.thaw.bench.Shell;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/// Runs every workload on the directory itself, on our file system and on bindfs, in an order that
/// turns with each round. The first round only warms up.
public final class FuseBench {
  private static final String NATIVE = "native";
  private static final String THAW = "thaw";
  private static final String JNR = "thaw (jnr)";
  private static final String BINDFS = "bindfs";

  private final BenchLayer layer;
  private final int rounds;
  private final Map<String, Way> ways = Collections.synchronizedMap(new LinkedHashMap<>());
  private final Map<String, Map<Workload, List<Double>>> figures = new LinkedHashMap<>();

  public FuseBench(BenchLayer layer, int rounds) {
    this.layer = layer;
    this.rounds = rounds;
  }

  /// Measures, which takes about half a minute per round, and returns the table.
  public String run() throws IOException {
    Path work = Files.createTempDirectory(BenchLayer.cache(), "fuse");
    Thread cleaner = new Thread(() -> cleanUpAtExit(work), "clean-up");
    Runtime.getRuntime().addShutdownHook(cleaner);
    try {
      Path directory = Files.createDirectory(work.resolve("tree"));
      layer.unpack(directory);
      writeLargeFile(directory.resolve(Workload.LARGE_FILE));
      ways.put(NATIVE, Way.directly(directory));
      ways.put(THAW, Way.ours("kernel", directory, Files.createDirectory(work.resolve("kernel"))));
      ways.put(BINDFS, Way.bindfs(directory, Files.createDirectory(work.resolve("bindfs"))));
      ways.put(JNR, Way.ours("jnr", directory, Files.createDirectory(work.resolve("jnr"))));
      measure(directory);
    } finally {
      cleanUp(work);
    }
    Runtime.getRuntime().removeShutdownHook(cleaner);
    return table();
  }

  private void cleanUp(Path work) throws IOException {
    closeAll();
    Shell.run("rm -rf --one-file-system \"$1\"", work.toString());
  }

  /// After an interrupt from the keyboard nothing stays mounted either.
  private void cleanUpAtExit(Path work) {
    try {
      cleanUp(work);
    } catch (IOException e) {
      System.err.println("bench: " + e.getMessage());
    }
  }

  private void measure(Path directory) throws IOException {
    List<String> order = new ArrayList<>(ways.keySet());
    for (int round = 0; round <= rounds; round++) {
      System.out.println(
          round == 0 ? "fuse: warming up" : "fuse: round " + round + " of " + rounds);
      for (String name : order) {
        Path root = Objects.requireNonNull(ways.get(name)).root();
        for (Workload workload : Workload.values()) {
          double figure = workload.run(root, directory);
          if (round > 0) {
            figures(name, workload).add(figure);
          }
        }
      }
      Collections.rotate(order, 1);
    }
  }

  private List<Double> figures(String name, Workload workload) {
    return figures
        .computeIfAbsent(name, _ -> new EnumMap<>(Workload.class))
        .computeIfAbsent(workload, _ -> new ArrayList<>());
  }

  private static void writeLargeFile(Path file) throws IOException {
    Random random = new Random(1);
    byte[] buffer = new byte[1 << 20];
    try (OutputStream out = Files.newOutputStream(file)) {
      for (int i = 0; i < Workload.LARGE_FILE_BYTES / buffer.length; i++) {
        random.nextBytes(buffer);
        out.write(buffer);
      }
    }
  }

  private void closeAll() throws IOException {
    IOException failure = null;
    for (Way way : List.copyOf(ways.values())) {
      try {
        way.close();
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private String table() {
    MarkdownTable table =
        new MarkdownTable("", "unit", NATIVE, THAW, BINDFS, JNR, "thaw / native", "thaw / bindfs");
    for (Workload workload : Workload.values()) {
      List<Double> ours = figures(THAW, workload);
      table.row(
          workload.title,
          workload.unit,
          number(Medians.median(figures(NATIVE, workload))),
          number(Medians.median(ours)),
          number(Medians.median(figures(BINDFS, workload))),
          number(Medians.median(figures(JNR, workload))),
          times(Medians.medianRatio(ours, figures(NATIVE, workload))),
          times(Medians.medianRatio(ours, figures(BINDFS, workload))));
    }
    return table.text();
  }
}
