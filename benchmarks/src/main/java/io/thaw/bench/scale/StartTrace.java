package io.thaw.bench.scale;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What the start of one image on one node asks for and computes, as it was measured.
///
/// @param image its name
/// @param measured where the figures are from, for people
/// @param totalSeconds from the beginning of the pull to the first output on the measured node and
///     link; what the simulation of one node is held against
/// @param layerBytes stored bytes of all layers, the smallest first
/// @param setupSeconds from the beginning of the pull until the layers serve, but for the transfer
/// @param setupBytes index and zTOCs, fetched in that time
/// @param requestSeconds what a request costs besides the round trip and its bytes
/// @param storeBytesPerSecond stored bytes that one core verifies, inflates and writes
/// @param storeCores cores that do so
/// @param pieces bytes of each range that was fetched until the first output
/// @param spanBytes of each span that the start touched, in the order of the first touches
/// @param spanPieces the range in which each of these spans came
/// @param steps the program's way through them
/// @param lastSeconds from the last wait to the first output
/// @param overlay the same image the ordinary way
record StartTrace(
    String image,
    String measured,
    double totalSeconds,
    List<Long> layerBytes,
    double setupSeconds,
    long setupBytes,
    double requestSeconds,
    double storeBytesPerSecond,
    int storeCores,
    List<Long> pieces,
    List<Long> spanBytes,
    List<Integer> spanPieces,
    List<Step> steps,
    double lastSeconds,
    Overlay overlay) {
  private static final int MAX_PIECES = 100_000;
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);

  /// The program computes, then at least one of its reads waits.
  ///
  /// @param thinkSeconds in which no read waits
  /// @param starts pieces that are asked for, read-ahead among them
  /// @param touches spans without which the program does not go on, of pieces that were asked for
  ///     here or before
  record Step(double thinkSeconds, List<Start> starts, List<Integer> touches) {}

  /// @param afterSeconds since the program began to compute; at most as long as it does
  record Start(int piece, double afterSeconds) {}

  /// @param measured where the figures are from
  /// @param downloads layers fetched at the same time
  /// @param unpackBytesPerSecond stored bytes a second; one layer after the other
  /// @param startSeconds from the end of the pull to the first output
  record Overlay(
      String measured, int downloads, double unpackBytesPerSecond, double startSeconds) {}

  StartTrace {
    if (pieces.size() > MAX_PIECES || steps.size() > MAX_PIECES) {
      throw new IllegalArgumentException("a trace has at most " + MAX_PIECES + " pieces");
    }
    if (layerBytes.stream().anyMatch(bytes -> bytes <= 0)
        || pieces.stream().anyMatch(bytes -> bytes <= 0)
        || spanBytes.stream().anyMatch(bytes -> bytes <= 0)) {
      throw new IllegalArgumentException("layers, pieces and spans of a trace have bytes");
    }
    if (!(storeBytesPerSecond > 0) || storeCores < 1 || !(overlay.unpackBytesPerSecond > 0)) {
      throw new IllegalArgumentException("storing and unpacking have a rate in a trace");
    }
    if (spanBytes.size() != spanPieces.size()) {
      throw new IllegalArgumentException("each span of a trace has bytes and a piece");
    }
    boolean[] started = new boolean[pieces.size()];
    for (Step step : steps) {
      step.starts.forEach(start -> started[start.piece] = true);
      if (step.touches.stream().anyMatch(span -> !started[spanPieces.get(span)])) {
        throw new IllegalArgumentException("a step of the trace touches what nobody asked for");
      }
    }
  }

  /// The one that was measured with this repository's own image.
  static StartTrace shipped() throws IOException {
    try (InputStream in = StartTrace.class.getResourceAsStream("mlcuda.json")) {
      if (in == null) {
        throw new IOException("mlcuda.json is missing beside " + StartTrace.class.getName());
      }
      return JSON.readValue(in, StartTrace.class);
    }
  }

  static StartTrace read(Path file) throws IOException {
    return JSON.readValue(Files.readAllBytes(file), StartTrace.class);
  }

  long imageBytes() {
    return layerBytes.stream().mapToLong(Long::longValue).sum();
  }

  long touchedBytes() {
    return spanBytes.stream().mapToLong(Long::longValue).sum();
  }
}
