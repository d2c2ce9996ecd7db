package io.thaw.cli.output;

import io.thaw.cli.options.ByteSize;
import io.thaw.registry.Descriptor;
import java.util.Locale;

/// How far one layer or blob is, or all of them together. Times are those of a clock of
/// nanoseconds.
final class LayerProgress {
  /// How long a change of speed takes to show: short enough to be true, long enough to be read.
  private static final double SMOOTHING_NANOS = 3e9;

  /// Shorter stretches say little about the speed.
  private static final long SAMPLE_NANOS = 200_000_000L;

  private static final long MAX_ETA_SECONDS = 360_000;

  private final String name;
  private final String verb;
  private final long startNanos;
  private long totalBytes;
  private long bytes;
  private long sampledBytes;
  private long sampledNanos;
  private double bytesPerNano;

  /// @param verb what is done with the bytes, in the past
  LayerProgress(String name, String verb, long totalBytes, long nowNanos) {
    this.name = name;
    this.verb = verb;
    this.totalBytes = totalBytes;
    this.startNanos = nowNanos;
    this.sampledNanos = nowNanos;
  }

  static LayerProgress of(Descriptor what, String verb, long nowNanos) {
    String name =
        what.digest().equals(Progress.UNKNOWN) ? "layer" : what.digest().hex().substring(0, 12);
    return new LayerProgress(name, verb, what.sizeBytes(), nowNanos);
  }

  /// More has become known to be done.
  void expect(long moreBytes) {
    totalBytes += moreBytes;
  }

  void advance(long count, long nowNanos) {
    bytes += count;
    long passed = nowNanos - sampledNanos;
    if (passed < SAMPLE_NANOS) {
      return;
    }
    double speed = (double) (bytes - sampledBytes) / passed;
    double weight = bytesPerNano == 0 ? 1 : 1 - Math.exp(-passed / SMOOTHING_NANOS);
    bytesPerNano += weight * (speed - bytesPerNano);
    sampledBytes = bytes;
    sampledNanos = nowNanos;
  }

  String verb() {
    return verb;
  }

  String name() {
    return name;
  }

  long totalBytes() {
    return totalBytes;
  }

  long bytes() {
    return bytes;
  }

  /// How much is done, `0 .. 100`.
  int percent() {
    return totalBytes == 0 ? 100 : (int) Math.min(100, 100.0 * bytes / totalBytes);
  }

  /// `85.2 MiB/s`, or nothing while it cannot be told.
  String rate() {
    return bytesPerNano <= 0 ? "" : ByteSize.text((long) (bytesPerNano * 1e9)) + "/s";
  }

  /// `ETA 0:12`, or nothing while it cannot be told.
  String eta() {
    if (bytesPerNano <= 0 || bytes >= totalBytes) {
      return "";
    }
    long seconds = (long) Math.ceil((totalBytes - bytes) / bytesPerNano / 1e9);
    return seconds > MAX_ETA_SECONDS ? "" : "ETA " + clock(seconds);
  }

  /// What it came to: `read 45.6 MiB in 0.5 s (91.2 MiB/s)`.
  String summary(long nowNanos) {
    double seconds = Math.max(0, nowNanos - startNanos) / 1e9;
    String text =
        String.format(Locale.ROOT, "%s %s in %.1f s", verb, ByteSize.text(bytes), seconds);
    return seconds < 0.05 ? text : text + " (" + ByteSize.text((long) (bytes / seconds)) + "/s)";
  }

  private static String clock(long seconds) {
    return seconds >= 3600
        ? String.format(
            Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60)
        : String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60);
  }
}
