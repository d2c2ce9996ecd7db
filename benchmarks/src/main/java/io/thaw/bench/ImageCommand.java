package io.thaw.bench;

import io.thaw.bench.image.ImageShelf;
import io.thaw.bench.image.ImageShelf.Shelved;
import io.thaw.it.node.Node;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `bench image`.
@Command(
    name = "image",
    mixinStandardHelpOptions = true,
    description = "Makes an image for lazy and eager ahead of time.")
final class ImageCommand implements Callable<Integer> {
  @Parameters(paramLabel = "IMAGE", description = "mlcpu, mlcuda, or a reference")
  private String image = "";

  @Option(names = "--wheels", paramLabel = "DIR", description = "take wheels from DIR")
  private @Nullable Path wheels;

  @Override
  public Integer call() throws IOException {
    try (Node node = Node.create()) {
      ImageShelf shelf = new ImageShelf(BenchLayer.cache(), wheels, System.out::println);
      Shelved shelved = shelf.get(image, node);
      System.out.printf(
          "%s: %d layers, %.1f MB compressed, in %s%n",
          shelved.repository(),
          shelved.layers(),
          shelved.compressedBytes() / 1e6,
          shelf.registryDir());
    }
    return 0;
  }
}
