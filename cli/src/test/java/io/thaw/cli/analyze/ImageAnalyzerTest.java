package io.thaw.cli.analyze;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.cli.analyze.tree.Fate;
import io.thaw.cli.analyze.tree.FileTable;
import io.thaw.cli.analyze.tree.ImageTree;
import io.thaw.cli.analyze.tree.PathWalk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageAnalyzerTest {
  @TempDir Path scratch;

  @Test
  void countsWhatAContainerSeesOnce() throws IOException {
    Analysis analysis =
        new MemoryImage()
            .layer(new TarLayer().dir("a").file("a/one", "12345").file("a/two", "123").gzip())
            .layer(new TarLayer().file("a/one", "1234567").hardlink("b/same", "a/one").plain())
            .layer(new TarLayer().without("a/two").zstd())
            .analyze(scratch);

    assertThat(analysis.sizes().bytes(ImageTree.ROOT)).isEqualTo(7);
    assertThat(analysis.sizes().files(ImageTree.ROOT)).isEqualTo(1);
    assertThat(analysis.sizes().directories()).isEqualTo(2);
    assertThat(analysis.hiddenBytes()).isEqualTo(8);
    assertThat(analysis.layers()).extracting(LayerFacts::hiddenBytes).containsExactly(8L, 0L, 0L);
    assertThat(analysis.layers()).extracting(LayerFacts::removesBytes).containsExactly(0L, 5L, 3L);
    assertThat(analysis.layers())
        .extracting(LayerFacts::compression)
        .containsExactly("gzip", "uncompressed", "zstd");
    assertThat(analysis.notes()).isEmpty();
  }

  @Test
  void saysWhichLayerHidesAFileAndHow() throws IOException {
    Analysis analysis =
        new MemoryImage()
            .layer(new TarLayer().file("d/a", "1").file("d/b", "2").file("c", "3").gzip())
            .layer(new TarLayer().opaque("d").file("c", "4").gzip())
            .analyze(scratch);

    FileTable files = analysis.tree().files();
    assertThat(
            IntStream.range(0, files.count())
                .filter(row -> !files.isVisible(row))
                .mapToObj(
                    row ->
                        analysis.tree().pathText(files.node(row))
                            + " "
                            + files.fate(row)
                            + " "
                            + files.fateLayer(row)))
        .containsExactlyInAnyOrder(
            "/d/a " + Fate.COVERED + " 1",
            "/d/b " + Fate.COVERED + " 1",
            "/c " + Fate.REPLACED + " 1");
  }

  @Test
  void findsTheSameContentWithinAndAcrossLayers() throws IOException {
    byte[] large = new byte[300_000];
    new Random(7).nextBytes(large);
    byte[] other = large.clone();
    other[other.length - 1]++;
    Analysis analysis =
        new MemoryImage()
            .layer(new TarLayer().file("a", large).file("b", large).file("c", other).gzip())
            .layer(new TarLayer().file("a", large).file("e", "").file("f", "").gzip())
            .analyze(scratch);

    assertThat(analysis.duplicates().wastedBytes()).isEqualTo(600_000);
    assertThat(analysis.duplicates().files()).isEqualTo(2);
    Duplicates.Group group = analysis.duplicates().groups().getFirst();
    assertThat(analysis.duplicates().groups()).hasSize(1);
    assertThat(group.count()).isEqualTo(3);
    assertThat(group.layers()).isEqualTo(2);
  }

  @Test
  void putsEveryGroupOfDuplicatesTogetherWhateverTheirNumber() throws IOException {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    TarLayer layer = new TarLayer();
    int[] counts = new int[50];
    for (int i = 0; i < 1000; i++) {
      int content = random.nextInt(counts.length);
      counts[content]++;
      layer.file("f" + i, "content " + (content + 1000));
    }
    Duplicates found = new MemoryImage().layer(layer.gzip()).analyze(scratch).duplicates();

    assertThat(found.groups())
        .extracting(Duplicates.Group::count)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(counts).filter(count -> count > 1).boxed().toList());
    assertThat(found.wastedBytes())
        .isEqualTo(Arrays.stream(counts).filter(c -> c > 1).map(c -> (c - 1) * 12).sum());
  }

  @Test
  void readsEveryLayerOnce() throws IOException {
    MemoryImage image =
        new MemoryImage()
            .layer(new TarLayer().file("a", "1").gzip())
            .layer(new TarLayer().file("b", "2").gzip())
            .layer(new TarLayer().file("c", "3").gzip());
    image.analyze(scratch);
    assertThat(image.opened).isEqualTo(3);
  }

  @Test
  void leavesNothingInTheScratchDirectory() throws IOException {
    new MemoryImage()
        .layer(new TarLayer().file("var/lib/dpkg/status", "Package: a\n").gzip())
        .analyze(scratch);
    assertThat(scratch).isEmptyDirectory();
  }

  @Test
  void goesOnWithoutALayerThatIsNotThereAndSaysSo() throws IOException {
    Analysis analysis =
        new MemoryImage()
            .layer(new TarLayer().file("a", "1").gzip())
            .absentLayer()
            .analyze(scratch);
    assertThat(analysis.notes()).singleElement().asString().contains("is not there");
    assertThat(analysis.layers().get(1).compression()).isEqualTo("absent");
  }

  @Test
  void keepsWhatItReadOfABrokenLayerAndSaysSo() throws IOException {
    byte[] whole = new TarLayer().file("a", "first").file("b", new byte[100_000]).plain();
    Analysis analysis = new MemoryImage().layer(Arrays.copyOf(whole, 60_000)).analyze(scratch);
    assertThat(new PathWalk(analysis.tree()).find("/a")).isPositive();
    assertThat(analysis.notes()).singleElement().asString().contains("was not read to its end");
  }

  @Test
  void takesTheHistoryOfLayersThatAreNotEmpty() throws IOException {
    Analysis analysis =
        new MemoryImage()
            .config(
                """
                {"architecture":"amd64","os":"linux","history":[
                  {"created_by":"ADD rootfs"},
                  {"created_by":"ENV A=B","empty_layer":true},
                  {"created_by":"RUN make"}]}
                """)
            .layer(new TarLayer().file("a", "1").gzip())
            .layer(new TarLayer().file("b", "1").gzip())
            .analyze(scratch);
    assertThat(analysis.layers())
        .extracting(LayerFacts::createdBy)
        .containsExactly("ADD rootfs", "RUN make");
  }

  @Test
  void keepsTheLargestNodesAndAllAboveThem() throws IOException {
    TarLayer layer = new TarLayer();
    for (int i = 0; i < 100; i++) {
      layer.file("d" + i % 10 + "/e/f" + i, new byte[i * 10]);
    }
    Analysis analysis = new MemoryImage().layer(layer.gzip()).analyze(scratch);
    int[] kept = analysis.sizes().largest(analysis.tree(), 17, false);

    assertThat(kept).hasSize(17).contains(ImageTree.ROOT);
    for (int node : kept) {
      if (node != ImageTree.ROOT) {
        assertThat(kept).contains(analysis.tree().parent(node));
      }
    }
    long smallest =
        Arrays.stream(kept).mapToLong(node -> analysis.sizes().bytes(node)).min().orElseThrow();
    long larger =
        IntStream.range(0, analysis.tree().nodeCount())
            .filter(node -> analysis.sizes().bytes(node) > smallest)
            .count();
    assertThat(larger).isLessThan(17);
  }
}
