package io.thaw.config;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Fetching layers whole and unpacking them at once.
///
/// @param mode which images are pulled so
/// @param maxDownloads range requests of all images at a time; 0 for no bound
/// @param maxDownloadsPerImage the same for one image
/// @param chunkBytes bytes of one range request; 0 to let the daemon choose
/// @param maxUnpacks layers of all images that are unpacked at a time; 0 for no bound
/// @param maxUnpacksPerImage the same for one image; [#CHOSEN] to let the daemon choose
/// @param decompressors programs that decompress instead of the daemon, by compression
public record ParallelPullConfig(
    Mode mode,
    int maxDownloads,
    int maxDownloadsPerImage,
    long chunkBytes,
    int maxUnpacks,
    int maxUnpacksPerImage,
    Map<String, DecompressStream> decompressors) {

  /// The daemon chooses a bound for this host.
  public static final int CHOSEN = -1;

  static final String PREFIX = "pull_modes.parallel_pull_unpack.";
  private static final String CHUNK = "concurrent_download_chunk_size";

  /// Those that layers are stored with.
  static final List<String> COMPRESSIONS = List.of("gzip", "zstd");
  private static final Pattern SIZE =
      Pattern.compile(
          "\\s*(\\d{1,12}(?:\\.\\d{1,6})?)\\s*(gb|mb|kb|b)?\\s*", Pattern.CASE_INSENSITIVE);

  /// Which images are pulled eagerly by the daemon.
  public enum Mode {
    /// None: an image without an index is left to containerd.
    OFF,
    /// Those without an index.
    FALLBACK,
    /// All.
    ALWAYS
  }

  /// A program that decompresses its standard input to its standard output.
  public record DecompressStream(String path, List<String> args) {
    public DecompressStream {
      args = List.copyOf(args);
    }
  }

  public ParallelPullConfig {
    decompressors = Map.copyOf(decompressors);
  }

  static ParallelPullConfig of(Settings s) {
    return new ParallelPullConfig(
        mode(s),
        bound(s, "max_concurrent_downloads"),
        bound(s, "max_concurrent_downloads_per_image"),
        chunk(s.text(PREFIX + CHUNK)),
        bound(s, "max_concurrent_unpacks"),
        unpacksPerImage(s),
        decompressors(s));
  }

  private static Mode mode(Settings s) {
    if (s.flag(PREFIX + "enable")) {
      return Mode.ALWAYS;
    }
    return s.flag(PREFIX + "experimental_parallel_pull_as_fallback") ? Mode.FALLBACK : Mode.OFF;
  }

  /// Negative numbers mean no bound, as in SOCI.
  private static int bound(Settings s, String key) {
    return Math.max(0, s.count(PREFIX + key));
  }

  private static int unpacksPerImage(Settings s) {
    int configured = s.count(PREFIX + "max_concurrent_unpacks_per_image");
    return configured == 0 ? CHOSEN : Math.max(0, configured);
  }

  private static Map<String, DecompressStream> decompressors(Settings s) {
    Map<String, DecompressStream> programs = new TreeMap<>();
    for (String compression : COMPRESSIONS) {
      String key = PREFIX + "decompress_streams." + compression;
      String path = s.text(key + ".path");
      if (!path.isEmpty()) {
        programs.put(compression, new DecompressStream(path, s.strings(key + ".args")));
      }
    }
    return programs;
  }

  /// What stands in the file cannot be used together.
  static void check(Settings s) throws ConfigException {
    String text = s.text(PREFIX + CHUNK);
    if (chunk(text) < 0) {
      throw s.wrong(
          PREFIX + CHUNK,
          "expected a size such as \"8mb\" (b, kb, mb, gb) but found \"" + text + "\"");
    }
    if (mode(s) != Mode.OFF) {
      checkOrder(s, "downloads");
      checkOrder(s, "unpacks");
    }
  }

  private static void checkOrder(Settings s, String what) throws ConfigException {
    int all = bound(s, "max_concurrent_" + what);
    int perImage = bound(s, "max_concurrent_" + what + "_per_image");
    if (all > 0 && perImage > all) {
      throw s.wrong(
          PREFIX + "max_concurrent_" + what + "_per_image",
          "one image may have %d %s at a time but all together only %d (max_concurrent_%s)"
              .formatted(perImage, what, all, what));
    }
  }

  /// Bytes of a size in SOCI's notation, 0 for an empty one, -1 for what is none.
  private static long chunk(String text) {
    Matcher size = SIZE.matcher(text);
    if (text.isEmpty()) {
      return 0;
    }
    if (!size.matches()) {
      return -1;
    }
    String unit = size.group(2) == null ? "b" : size.group(2).toLowerCase(Locale.ROOT);
    long factor =
        switch (unit) {
          case "gb" -> 1L << 30;
          case "mb" -> 1L << 20;
          case "kb" -> 1L << 10;
          default -> 1;
        };
    return (long) (Double.parseDouble(size.group(1)) * factor);
  }
}
