package io.thaw.daemon.ahead;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibraryAheadTest {
  private static final String LIBRARY = "usr/lib/libsample.so";

  @TempDir private Path directory;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final List<String> needed = new ArrayList<>();
  private FakeLayer layer;

  @BeforeEach
  void open() throws IOException {
    layer = layer(ElfSample.library("libother.so.1", false));
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened) {
      one.close();
    }
  }

  private FakeLayer layer(byte[] library) throws IOException {
    Map<String, Object> files = new LinkedHashMap<>();
    files.put(LIBRARY, library);
    FakeLayer made = FakeLayer.of(directory, files);
    opened.add(made);
    return made;
  }

  private void look() {
    new LibraryAhead(layer, layer.node(LIBRARY), needed::add).run();
  }

  @Test
  void whatTheLinkerReadsFirstIsWishedForFirst() {
    look();
    assertThat(layer.wished(Rank.HEADS).get(layer.span(LIBRARY, 0))).isTrue();
    assertThat(layer.wished(Rank.HEADS).get(layer.span(LIBRARY, ElfSample.DATA + 0x1000))).isTrue();
  }

  @Test
  void allThatIsRelocatedIsWishedFor() {
    look();
    assertThat(layer.wished(Rank.RELOCATED).get(layer.span(LIBRARY, ElfSample.RELOCATIONS)))
        .isTrue();
    assertThat(
            layer
                .wished(Rank.RELOCATED)
                .get(layer.span(LIBRARY, ElfSample.DATA + ElfSample.DATA_BYTES - 1)))
        .isTrue();
  }

  @Test
  void theCodeOfConstructorsIsWishedForBeforeOtherCode() {
    look();
    int constructor = layer.span(LIBRARY, ElfSample.CONSTRUCTOR);
    int other = layer.span(LIBRARY, ElfSample.CODE + ElfSample.CODE_BYTES - 1);
    assertThat(layer.wished(Rank.CONSTRUCTORS).get(constructor)).isTrue();
    assertThat(layer.wished(Rank.CONSTRUCTORS).get(other)).isFalse();
    assertThat(layer.wished(Rank.CODE).get(other)).isTrue();
  }

  @Test
  void ofALibraryWithFewConstructorsTheOtherCodeIsLeftAlone() throws IOException {
    layer = layer(ElfSample.library("libother.so.1", false, 3));
    look();
    int constructor = layer.span(LIBRARY, ElfSample.CONSTRUCTOR);
    assertThat(layer.wished(Rank.CONSTRUCTORS).get(constructor)).isTrue();
    assertThat(layer.wished(Rank.CODE).isEmpty()).isTrue();
  }

  @Test
  void constructorsOfAnOldCompilerAreFoundInTheirSection() throws IOException {
    layer = layer(ElfSample.library("libother.so.1", true));
    look();
    assertThat(layer.wished(Rank.CONSTRUCTORS).get(layer.span(LIBRARY, ElfSample.CONSTRUCTOR)))
        .isTrue();
  }

  @Test
  void whatNobodyLinksIsLeftAlone() {
    look();
    assertThat(layer.wished().get(layer.span(LIBRARY, 2 << 20))).isFalse();
    assertThat(layer.wished().get(layer.span(LIBRARY, 9 << 20))).isFalse();
  }

  @Test
  void theLibrariesItNeedsAreNamed() {
    look();
    assertThat(needed).containsExactly("libother.so.1");
  }

  @Test
  void aFileThatIsNoLibraryCostsItsFirstSpanOnly() throws IOException {
    layer = layer(new byte[ElfSample.BYTES]);
    look();
    assertThat(layer.wished().cardinality()).isEqualTo(1);
    assertThat(needed).isEmpty();
  }

  @Test
  void aLibraryOfAFewSpansIsFetchedWhole() throws IOException {
    layer = layer(new byte[1 << 20]);
    look();
    assertThat(layer.wished().nextClearBit(0)).isGreaterThan(layer.span(LIBRARY, (1 << 20) - 1));
  }

  @Test
  void damagedHeadersLeadNowhereOutsideOfTheFile() throws Exception {
    long seed = System.nanoTime();
    System.out.println("damagedHeadersLeadNowhereOutsideOfTheFile: seed " + seed);
    Random random = new Random(seed);
    byte[] whole = ElfSample.library("libother.so.1", false);
    int[] places = {0, ElfSample.DATA + 0x1000, ElfSample.RELOCATIONS, 11 << 20};
    for (int round = 0; round < 20; round++) {
      byte[] damaged = whole.clone();
      for (int i = 0; i < 12; i++) {
        int place = places[random.nextInt(places.length)];
        damaged[place + random.nextInt(300)] = (byte) random.nextInt(256);
      }
      damaged[0] = 0x7f;
      try (FakeLayer one = FakeLayer.of(directory, Map.of(LIBRARY, damaged))) {
        layer = one;
        look(); // the layer throws if it is asked for what it has not
      }
    }
  }
}
