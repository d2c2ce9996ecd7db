package io.thaw.bench;

import io.thaw.bench.fuse.FuseBench;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `bench fs`.
@Command(
    name = "fs",
    mixinStandardHelpOptions = true,
    description = "The FUSE file system beside a directory and beside bindfs.")
final class FileSystemCommand implements Callable<Integer> {
  @Mixin private Rounds rounds = new Rounds();

  @Override
  public Integer call() throws IOException {
    System.out.println("Load average at the start: " + BenchMain.load());
    String table = new FuseBench(BenchLayer.get().printed(), rounds.count()).run();
    System.out.printf("%n%s%nLoad average at the end: %s%n", table, BenchMain.load());
    return 0;
  }
}
