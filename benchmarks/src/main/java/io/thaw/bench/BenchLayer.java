package io.thaw.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// A layer like those of real images: every n-th program, library and document of this host, as
/// `tar | gzip -6` stores it. Made once; the same host makes the same layer.
///
/// @param file the layer, gzip
/// @param files how many files it holds
/// @param uncompressedBytes the length of its tar
public record BenchLayer(Path file, int files, long uncompressedBytes) {
  private static final long WANTED_BYTES = 256_000_000;
  private static final long LARGE_BYTES = 1_000_000_000;
  private static final long LARGEST_FILE = 16 << 20;
  private static final List<String> SOURCES = List.of("/usr/bin", "/usr/lib", "/usr/share");

  /// Where benchmarks keep what is made once.
  public static Path cache() throws IOException {
    String home = System.getenv("XDG_CACHE_HOME");
    Path base =
        home == null || home.isEmpty()
            ? Path.of(System.getProperty("user.home", "/tmp"), ".cache")
            : Path.of(home);
    return Files.createDirectories(base.resolve("thaw").resolve("bench"));
  }

  /// A layer of about 256 MB, made now if it is not there.
  public static BenchLayer get() throws IOException {
    return get("layer", WANTED_BYTES);
  }

  /// A layer of about 1 GB, or of all there is if that is less.
  public static BenchLayer large() throws IOException {
    return get("large-layer", LARGE_BYTES);
  }

  private static BenchLayer get(String name, long wantedBytes) throws IOException {
    Path file = cache().resolve(name + ".tar.gz");
    Path facts = cache().resolve(name + ".facts");
    if (!Files.exists(file) || !Files.exists(facts)) {
      make(file, facts, wantedBytes);
    }
    String[] numbers = Files.readString(facts).strip().split(" ", -1);
    return new BenchLayer(file, Integer.parseInt(numbers[0]), Long.parseLong(numbers[1]));
  }

  /// Says what it is on standard output, and returns it.
  BenchLayer printed() throws IOException {
    System.out.printf(
        Locale.ROOT,
        "Layer: %d files, tar of %.0f MB, %.0f MB stored%n",
        files,
        uncompressedBytes / 1e6,
        Files.size(file) / 1e6);
    return this;
  }

  /// Unpacks the layer into an existing directory.
  public void unpack(Path directory) throws IOException {
    Shell.run("tar -xzf \"$1\" -C \"$2\"", file.toString(), directory.toString());
  }

  private static void make(Path file, Path facts, long wantedBytes) throws IOException {
    List<String> chosen = choose(wantedBytes);
    Path list = Files.writeString(cache().resolve("layer.list"), String.join("\0", chosen));
    Path temporary = cache().resolve("layer.tmp");
    String length =
        Shell.output(
            "set -o pipefail; tar --null --no-recursion --sort=name --owner=0 --group=0"
                + " --numeric-owner --mtime=@0 --format=gnu -C / -cf - -T \"$1\" | tee >(gzip -n -6"
                + " > \"$2\") | wc -c; wait",
            list.toString(),
            temporary.toString());
    Files.writeString(facts, chosen.size() + " " + length.strip());
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    Files.delete(list);
  }

  private record Candidate(String path, long sizeBytes) {}

  private static List<String> choose(long wantedBytes) throws IOException {
    List<Candidate> candidates = new ArrayList<>();
    for (String source : SOURCES) {
      try (Stream<Path> walk = Files.walk(Path.of(source))) {
        walk.filter(BenchLayer::isSuitable)
            .sorted()
            .forEach(path -> candidates.add(new Candidate(path.toString(), size(path))));
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
    }
    long total = candidates.stream().mapToLong(Candidate::sizeBytes).sum();
    int step = Math.max(1, (int) (total / wantedBytes));
    List<String> chosen = new ArrayList<>();
    for (int i = 0; i < candidates.size(); i += step) {
      chosen.add(candidates.get(i).path().substring(1));
    }
    return chosen;
  }

  private static boolean isSuitable(Path path) {
    return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
        && Files.isReadable(path)
        && size(path) <= LARGEST_FILE;
  }

  private static long size(Path path) {
    try {
      return Files.size(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
