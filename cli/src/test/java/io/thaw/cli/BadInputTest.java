package io.thaw.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What people give us that is broken, odd or hostile: the exit code, a line that says what is
/// wrong and what to do, and nothing left behind.
class BadInputTest {
  private static final byte[] TAR = Tars.concat(Tars.entry("a", '0', "content"), Tars.END);
  private static final byte[] LAYER = Tars.gzip(TAR);

  @TempDir Path dir;

  @Test
  void aGzipThatWasCutShort() throws IOException {
    for (int length : new int[] {3, 15, LAYER.length - 1}) {
      refusesToIndex(Arrays.copyOf(LAYER, length), "ends too early", "fetch or build it again");
    }
  }

  @Test
  void aGzipWithAFlippedBit() throws IOException {
    byte[] golden = Files.readAllBytes(Cli.GOLDEN.resolve("pax-6.tar.gz"));
    golden[golden.length / 2] ^= 4;
    refusesToIndex(golden, "Malformed ", " offset ", "fetch or build it again");
  }

  @Test
  void garbageBehindAGzip() throws IOException {
    refusesToIndex(Tars.concat(LAYER, new byte[512]), "start neither a gzip nor a zlib stream");
    refusesToIndex(Tars.concat(LAYER, "signature".getBytes(UTF_8)), "Malformed gzip");
  }

  @Test
  void aTarThatWasCutShort() throws IOException {
    byte[] tar = Tars.concat(Tars.header("big", '0', 100_000), new byte[5000]);
    refusesToIndex(Tars.gzip(tar), "the tar ends", "fetch or build it again");
    refusesToIndex(tar, "the tar ends", "fetch or build it again");
  }

  @Test
  void aHeaderWithAWrongChecksum() throws IOException {
    byte[] tar = TAR.clone();
    tar[0] ^= 1;
    refusesToIndex(Tars.gzip(tar), "the header's checksum does not fit");
  }

  @Test
  void sparseFilesAreNamedAsWhatTheyAre() throws IOException {
    byte[] old = Tars.concat(Tars.header("sparse", 'S', 0), Tars.END);
    refusesToIndex(Tars.gzip(old), "GNU sparse");
    byte[] pax =
        Tars.concat(
            Tars.entry("PaxHeaders/sparse", 'x', "22 GNU.sparse.major=1\n"),
            Tars.entry("sparse", '0', "x"),
            Tars.END);
    refusesToIndex(Tars.gzip(pax), "store the layer without sparse files");
  }

  @Test
  void globalPaxHeadersChangeNothing() throws IOException {
    byte[] global = Tars.entry("pax_global_header", 'g', "18 comment=commit\n");
    Path layer = Files.write(dir.resolve("layer"), Tars.gzip(Tars.concat(global, TAR)));
    Path out = dir.resolve("out.ztoc");
    Cli.Run run = Cli.run("ztoc", "create", layer, out);
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("1 files");
    assertThat(Cli.run("ztoc", "ls", out).out()).contains("a").doesNotContain("pax_global");
  }

  @Test
  void namesNeedNotBeUtf8() throws IOException {
    byte[] tar = Tars.concat(Tars.entry("caf\u00e9/\u00ff\u001b[2J", '0', "x"), Tars.END);
    Path layer = Files.write(dir.resolve("layer"), Tars.gzip(tar));
    Path out = dir.resolve("out.ztoc");
    assertThat(Cli.run("ztoc", "create", layer, out).code()).isZero();
    Cli.Run list = Cli.run("ztoc", "ls", out);
    assertThat(list.code()).isZero();
    assertThat(list.out()).contains("caf\\351/\\377\\033[2J").doesNotContain("\u001b");
  }

  @Test
  void aHundredGigabytesOfZerosEndEarly() throws IOException, InterruptedException {
    Path pipe = dir.resolve("layer");
    try (ZeroBomb bomb = ZeroBomb.at(pipe)) {
      Cli.Run run = Cli.run("ztoc", "create", pipe, dir.resolve("out"));
      assertThat(run.code()).isEqualTo(1);
      assertThat(run.err()).contains("decompression bomb").contains("thaw.maxExpansion");
      assertThat(bomb.madeBytes()).isLessThan(ZeroBomb.FILE_BYTES / 20);
    }
    assertThat(names()).containsExactly("layer");
  }

  @Test
  void aLayerWhoseDigestLies() throws IOException {
    byte[] other = Tars.gzip(Tars.concat(Tars.entry("a", '0', "CONTENT"), Tars.END));
    assertThat(other).hasSameSizeAs(LAYER);
    Path source = SmallLayout.write(dir.resolve("source"), LAYER);
    Files.write(SmallLayout.blobFile(source, LAYER), other);
    refusesToConvert(source, Digest.sha256(LAYER).toString(), "is damaged", "the image again");
  }

  @Test
  void aLayerThatLostItsEnd() throws IOException {
    Path source = SmallLayout.write(dir.resolve("source"), LAYER);
    Files.write(SmallLayout.blobFile(source, LAYER), Arrays.copyOf(LAYER, LAYER.length - 9));
    refusesToConvert(source, "is damaged", "the image again");
  }

  @Test
  void aManifestWithAMissingBlob() throws IOException {
    Path source = SmallLayout.write(dir.resolve("source"), LAYER);
    Files.delete(SmallLayout.blobFile(source, LAYER));
    refusesToConvert(
        source,
        "does not have blob " + Digest.sha256(LAYER),
        "export the image again with all its content");
  }

  @Test
  void aManifestThatIsNone() throws IOException {
    Path source = SmallLayout.write(dir.resolve("source"), LAYER);
    Files.writeString(source.resolve("index.json"), "{\"schemaVersion\":2,\"manifests\":[{}]}");
    refusesToConvert(source, "$.manifests[0]");
  }

  @Test
  void oneBadLayerLeavesTheOthersIndexed() throws IOException {
    byte[] sparse = Tars.gzip(Tars.concat(Tars.header("sparse", 'S', 0), Tars.END));
    Path source = SmallLayout.write(dir.resolve("source"), LAYER, sparse);
    Cli.Run run = convert(source);
    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("1 skipped").contains("GNU sparse");
  }

  @Test
  void onlyBadLayersAreAnError() throws IOException {
    Path source = SmallLayout.write(dir.resolve("source"), Tars.concat(LAYER, new byte[1]));
    refusesToConvert(source, "cannot be indexed", Digest.sha256(LAYER).algorithm());
  }

  private void refusesToIndex(byte[] layer, String... reasons) throws IOException {
    Path file = Files.write(dir.resolve("layer"), layer);
    Cli.Run run = Cli.run("ztoc", "create", file, dir.resolve("out.ztoc"));
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines()).singleElement().asString().contains(reasons);
    assertThat(names()).containsExactly("layer");
  }

  private void refusesToConvert(Path source, String... reasons) throws IOException {
    Cli.Run run = convert(source);
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err().lines()).singleElement().asString().contains(reasons);
    assertThat(names()).containsExactly("source");
  }

  private Cli.Run convert(Path source, Object... more) {
    List<Object> args =
        new java.util.ArrayList<>(List.of("convert", "--standalone", "--min-layer-size", "0"));
    args.addAll(List.of(more));
    args.add(source);
    args.add(dir.resolve("result"));
    return Cli.run(args.toArray());
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    }
  }
}
