package io.thaw.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.index.ConvertProgress;
import io.thaw.index.oci.WriteProgress.BlobOutcome;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private static final long MIB = 1 << 20;
  private static final Descriptor BIG = layer("aa", 100 * MIB);
  private static final Descriptor SMALL = layer("bb", 10 * MIB);
  private static final String BIG_NAME = "aa0000000000";

  private final StringWriter text = new StringWriter();
  private final PrintWriter out = new PrintWriter(text);
  private long nanos;

  @Test
  void drawsABarPerLayerAndATotal() {
    ConvertProgress progress = Progress.bars(out, () -> nanos, () -> 100);
    progress.layersPlanned(List.of(BIG, SMALL));
    progress.layerStarted(BIG);
    nanos = 1_000_000_000L;
    progress.layerAdvanced(BIG, 25 * MIB);
    assertThat(lastFrame())
        .containsExactly(
            "aa0000000000 [########.........................]  25%   25.0 MiB / 100.0 MiB"
                + "    25.0 MiB/s ETA 0:03",
            "total        [#######..........................]  22%   25.0 MiB / 110.0 MiB"
                + "    25.0 MiB/s ETA 0:04");
  }

  @Test
  void neverFillsTheTerminalsWidth() {
    for (int width = 1; width < 200; width++) {
      int columns = width;
      ConvertProgress progress = Progress.bars(out, () -> nanos, () -> columns);
      progress.layerStarted(BIG);
      progress.layerAdvanced(BIG, 50 * MIB);
      nanos += 500_000_000L;
      progress.layerAdvanced(BIG, MIB);
      assertThat(lastFrame()).allMatch(line -> line.length() < columns);
    }
  }

  @Test
  void redrawsInPlaceAndLetsFinishedLayersScrollAway() {
    ConvertProgress progress = Progress.bars(out, () -> nanos, () -> 80);
    progress.layerStarted(BIG);
    progress.layerStarted(SMALL);
    assertThat(text.toString()).endsWith("\n").contains("\u001b[2A\r\u001b[J");
    nanos = 2_000_000_000L;
    progress.layerFinished(SMALL);
    assertThat(text.toString()).contains("\u001b[3A\r\u001b[Jbb0000000000 read 0 B in 2.0 s");
    assertThat(lastFrame().getLast()).startsWith("total");
    progress.layerFinished(BIG);
    assertThat(text.toString()).endsWith("aa0000000000 read 0 B in 2.0 s (0 B/s)\n");
  }

  @Test
  void redrawsAtMostTenTimesASecond() {
    ConvertProgress progress = Progress.bars(out, () -> nanos, () -> 80);
    progress.layerStarted(BIG);
    int before = frames();
    for (int i = 0; i < 1000; i++) {
      nanos += 1_000_000L;
      progress.layerAdvanced(BIG, 1000);
    }
    assertThat(frames() - before).isEqualTo(10);
  }

  @Test
  void writesALineAtTheStartAtEachTenPercentAndAtTheEnd() {
    ConvertProgress progress = Progress.lines(out, () -> nanos);
    progress.layerStarted(BIG);
    for (int i = 0; i < 20; i++) {
      nanos += 500_000_000L;
      progress.layerAdvanced(BIG, 5 * MIB);
    }
    progress.layerFinished(BIG);
    List<String> lines = text.toString().lines().toList();
    assertThat(lines)
        .hasSize(11)
        .startsWith(
            BIG_NAME + ": 0% read of 100.0 MiB",
            BIG_NAME + ": 10% read of 100.0 MiB, 10.0 MiB/s, ETA 0:09")
        .endsWith(BIG_NAME + ": read 100.0 MiB in 10.0 s (10.0 MiB/s)");
  }

  @Test
  void writesALineEveryFiveSecondsHoweverSlowItIs() {
    ConvertProgress progress = Progress.lines(out, () -> nanos);
    progress.layerStarted(BIG);
    for (int i = 0; i < 60; i++) {
      nanos += 1_000_000_000L;
      progress.layerAdvanced(BIG, 1000);
    }
    assertThat(text.toString().lines()).hasSize(1 + 12);
  }

  @Test
  void writesNoLinesForWhatIsTiny() {
    ConvertProgress progress = Progress.lines(out, () -> nanos);
    Descriptor tiny = layer("cc", 1000);
    progress.blobsPlanned(List.of(tiny));
    progress.blobStarted(tiny);
    progress.blobAdvanced(tiny, 1000);
    progress.blobFinished(tiny, BlobOutcome.WRITTEN);
    assertThat(text.toString()).isEmpty();
  }

  @Test
  void countsNeitherReusedLayersNorBlobsThatAreThere() {
    ConvertProgress progress = Progress.bars(out, () -> nanos, () -> 100);
    progress.layersPlanned(List.of(BIG, SMALL));
    progress.layerReused(BIG);
    progress.layerStarted(SMALL);
    assertThat(lastFrame().getLast()).contains("0 B / 10.0 MiB");
    progress.layerFinished(SMALL);
    progress.blobsPlanned(List.of(BIG, SMALL));
    progress.blobFinished(BIG, BlobOutcome.MOUNTED);
    progress.blobStarted(SMALL);
    assertThat(lastFrame().getLast()).contains("0 B / 10.0 MiB");
  }

  @Test
  void startsOverWhenABlobIsSentAgain() {
    ConvertProgress progress = Progress.bars(out, () -> nanos, () -> 100);
    progress.blobStarted(SMALL);
    progress.blobAdvanced(SMALL, 4 * MIB);
    progress.blobStarted(SMALL);
    assertThat(lastFrame().getFirst()).contains("  0%        0 B / 10.0 MiB");
    assertThat(lastFrame().getLast()).contains("4.0 MiB / 14.0 MiB");
  }

  @Test
  void staysSilentIfAskedTo() {
    ConvertProgress progress = Progress.onStandardError(out, true);
    progress.layerStarted(BIG);
    progress.layerFinished(BIG);
    assertThat(text.toString()).isEmpty();
  }

  private List<String> lastFrame() {
    String all = text.toString();
    return all.substring(all.lastIndexOf("\u001b[J") + 3).lines().toList();
  }

  private int frames() {
    return text.toString().split("\u001b\\[J", -1).length;
  }

  private static Descriptor layer(String hex, long sizeBytes) {
    return new Descriptor("layer", new Digest("sha256", hex + "0".repeat(62)), sizeBytes);
  }
}
