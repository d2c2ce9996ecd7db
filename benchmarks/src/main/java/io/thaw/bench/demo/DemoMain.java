package io.thaw.bench.demo;

import io.grpc.StatusRuntimeException;
import io.thaw.it.net.LinkRate;
import io.thaw.it.node.Commands;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// The demo's command line.
@Command(
    name = "./dev demo",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Starts a container whose image is still on its way, and the same container the ordinary",
      "way, on a containerd of its own. Nothing is left running or mounted."
    })
public final class DemoMain implements Callable<Integer> {
  @Option(
      names = "--link",
      paramLabel = "RATE_MBIT/RTT_MS",
      defaultValue = "200/10",
      description = "the link to the registry (default: ${DEFAULT-VALUE})")
  private String link = "200/10";

  @Option(names = "--json", paramLabel = "FILE", description = "also write the figures to FILE")
  private @Nullable Path json;

  @Option(
      names = "--image",
      paramLabel = "REF",
      description = {
        "use this image from its own registry, over your own link, instead of one made here;",
        "it needs a SOCI index to start lazily (see: thaw convert)"
      })
  private @Nullable String image;

  @Option(names = "--no-fill", description = "do not wait until the lazy image has filled in")
  private boolean skipFill;

  private DemoMain() {}

  public static void main(String[] args) {
    System.setProperty("logback.configurationFile", "io/thaw/it/logback-quiet.xml");
    System.setOut(new PrintStream(System.out, true, StandardCharsets.UTF_8));
    System.exit(new CommandLine(new DemoMain()).execute(args));
  }

  @Override
  public Integer call() {
    try {
      LinkRate rate = LinkRate.parse(link);
      requireRoot();
      DemoReport report = new Demo(rate, image, !skipFill, System.out).run();
      System.out.println();
      System.out.println(report.table());
      if (json != null) {
        report.writeJson(json);
        System.out.println("Figures written to " + json);
      }
      return 0;
    } catch (IllegalArgumentException e) {
      System.err.println("demo: " + e.getMessage());
      return 2;
    } catch (StatusRuntimeException e) {
      System.err.println("demo: containerd refused: " + e.getStatus().getDescription());
      return 1;
    } catch (IOException e) {
      System.err.println("demo: " + e.getMessage());
      return 1;
    }
  }

  private static void requireRoot() throws IOException {
    if (!Commands.run("id", "-u").strip().equals("0")) {
      throw new IOException(
          "containerd, mounts and /dev/fuse need root; run it as: sudo ./dev demo");
    }
  }
}
