package io.thaw.daemon.ahead;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerAheadTest {
  private static final int SMALL = FakeLayer.SPAN;

  @TempDir private Path directory;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final ReadAhead all = new ReadAhead(true);

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened) {
      one.close();
    }
  }

  private FakeLayer layer(Map<String, Object> files) throws IOException {
    FakeLayer layer = FakeLayer.of(directory, files);
    opened.add(layer);
    return layer;
  }

  /// Twelve modules of a span each, a large file, and a module after it.
  private static Map<String, Object> modules() {
    Map<String, Object> files = new LinkedHashMap<>();
    for (int i = 0; i < 12; i++) {
      files.put("lib/module%02d.py".formatted(i), bytes(SMALL));
    }
    files.put("lib/weights.bin", bytes(8 * SMALL));
    files.put("lib/zmodule.py", bytes(SMALL));
    return files;
  }

  /// A window is a part of its layer, so that it takes a large one to show it.
  private static Map<String, Object> manyBytes() {
    Map<String, Object> files = modules();
    files.put("lib/zz.bin", bytes(120 * SMALL));
    return files;
  }

  /// Bytes that no compressor makes smaller, so that spans are where they would be in earnest.
  private static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  private static void awaitLook(BooleanSupplier done) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!done.getAsBoolean() && System.nanoTime() < end) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
    }
    assertThat(done.getAsBoolean()).isTrue();
  }

  @Test
  void aReaderThatWaitsForAModuleGetsThoseThatFollowToo() throws IOException {
    FakeLayer layer = layer(manyBytes());
    LayerAhead ahead = all.open(layer);
    ahead.missed(layer.node("lib/module02.py"), 0);
    assertThat(layer.wished().get(layer.span("lib/module08.py", 0))).isTrue();
  }

  @Test
  void aWindowIsASmallPartOfItsLayer() throws IOException {
    FakeLayer layer = layer(modules());
    LayerAhead ahead = all.open(layer);
    ahead.missed(layer.node("lib/module02.py"), 0);
    assertThat(layer.wished().get(layer.span("lib/module03.py", 0))).isTrue();
    assertThat(layer.wished().get(layer.span("lib/module08.py", 0))).isFalse();
  }

  @Test
  void neighboursEndWhereALargeFileLies() throws IOException {
    FakeLayer layer = layer(manyBytes());
    LayerAhead ahead = all.open(layer);
    ahead.missed(layer.node("lib/module10.py"), 0);
    ahead.missed(layer.node("lib/module11.py"), 0);
    assertThat(layer.wished().get(layer.span("lib/weights.bin", 4L * SMALL))).isFalse();
    assertThat(layer.wished().get(layer.span("lib/zmodule.py", SMALL - 1))).isFalse();
  }

  @Test
  void aLargeFileHasNoNeighbours() throws IOException {
    FakeLayer layer = layer(modules());
    LayerAhead ahead = all.open(layer);
    ahead.missed(layer.node("lib/weights.bin"), 0);
    assertThat(layer.wishes).isEmpty();
  }

  @Test
  void aFileThatIsThereMovesNothing() throws IOException {
    FakeLayer layer = layer(modules());
    LayerAhead ahead = all.open(layer);
    ahead.hit(layer.node("lib/module02.py"));
    assertThat(layer.wishes).isEmpty();
  }

  @Test
  void aSmallLayerIsWishedForWhenItIsMounted() throws IOException {
    FakeLayer layer = layer(modules());
    LayerAhead ahead = all.open(layer);
    for (int i = 0; i < 20; i++) {
      all.open(layer(modules()));
    }
    ahead.mounted();
    assertThat(layer.wished(Rank.SMALL_LAYERS).cardinality()).isEqualTo(layer.spans().count());
  }

  @Test
  void aLayerThatIsMuchOfTheImageIsNotSmall() throws IOException {
    FakeLayer layer = layer(modules());
    LayerAhead ahead = all.open(layer);
    for (int i = 0; i < 10; i++) {
      all.open(layer(modules()));
    }
    ahead.mounted();
    assertThat(layer.wishes).isEmpty();
  }

  @Test
  void whoKnowsWhatAStartNeedsIsNotHelpedByGuesses() throws IOException {
    FakeLayer layer = layer(modules());
    LayerAhead ahead = all.open(layer);
    ahead.guide();
    ahead.mounted();
    ahead.missed(layer.node("lib/module02.py"), 0);
    assertThat(layer.forgotten).isTrue();
    assertThat(layer.wishes).isEmpty();
  }

  @Test
  void nothingIsWishedForIfReadAheadIsOff() throws IOException {
    FakeLayer layer = layer(modules());
    LayerAhead ahead = new ReadAhead(false).open(layer);
    ahead.mounted();
    ahead.hit(layer.node("lib/module01.py"));
    ahead.missed(layer.node("lib/module02.py"), 0);
    assertThat(layer.wishes).isEmpty();
  }

  @Test
  void aLibraryIsFollowedIntoAnotherLayerThroughItsShortName() throws IOException {
    Map<String, Object> lower = new LinkedHashMap<>();
    lower.put("usr/lib/libother.so.1", "libother.so.1.2.3");
    lower.put("usr/lib/libother.so.1.2.3", ElfSample.library("libnone.so", false));
    FakeLayer below = layer(lower);
    FakeLayer above =
        layer(new LinkedHashMap<>(Map.of("opt/app.so", ElfSample.library("libother.so.1", false))));
    all.open(below);
    LayerAhead ahead = all.open(above);
    ahead.hit(above.node("opt/app.so"));
    int constructor = below.span("usr/lib/libother.so.1.2.3", ElfSample.CONSTRUCTOR);
    awaitLook(() -> below.wished(Rank.CONSTRUCTORS).get(constructor));
  }

  @Test
  void aLibraryIsLookedAtOnce() throws IOException {
    FakeLayer layer =
        layer(new LinkedHashMap<>(Map.of("opt/app.so", ElfSample.library("app.so", false))));
    LayerAhead ahead = all.open(layer);
    ahead.hit(layer.node("opt/app.so"));
    awaitLook(() -> !layer.wished(Rank.CODE).isEmpty());
    int wishes = layer.wishes.size();
    ahead.hit(layer.node("opt/app.so"));
    ahead.missed(layer.node("opt/app.so"), 0);
    assertThat(layer.wishes).hasSize(wishes);
  }

  @Test
  void aClosedLayerWishesForNothing() throws IOException {
    FakeLayer layer = layer(modules());
    LayerAhead ahead = all.open(layer);
    ahead.close();
    assertThatCode(() -> ahead.missed(layer.node("lib/module02.py"), 0)).doesNotThrowAnyException();
    assertThat(layer.wishes).isEmpty();
  }
}
