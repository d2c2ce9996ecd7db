package io.thaw.ztoc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpillTest {
  @TempDir Path directory;

  @Test
  void holdsWhatWasAppendedWhereverItsBytesAre() throws IOException {
    long seed = System.nanoTime();
    System.out.println("seed of spills: " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 100; round++) {
      byte[] expected = new byte[0];
      try (Spill spill = new Spill(directory, random.nextInt(50_000))) {
        for (int step = 0; step < 40; step++) {
          if (random.nextInt(8) == 0) {
            expected = Arrays.copyOf(expected, random.nextInt(expected.length + 1));
            spill.truncate(expected.length);
          } else {
            byte[] more = new byte[random.nextInt(random.nextInt(6) == 0 ? 60_000 : 3_000)];
            random.nextBytes(more);
            spill.append(more, 0, more.length);
            int before = expected.length;
            expected = Arrays.copyOf(expected, before + more.length);
            System.arraycopy(more, 0, expected, before, more.length);
          }
          int from = random.nextInt(expected.length + 1);
          int length = random.nextInt(expected.length - from + 1);
          byte[] read = new byte[length];
          spill.read(from, read, 0, length);
          assertThat(read)
              .as("seed " + seed)
              .isEqualTo(Arrays.copyOfRange(expected, from, from + length));
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        spill.writeTo(out, 0, spill.sizeBytes());
        assertThat(out.toByteArray()).as("seed " + seed).isEqualTo(expected);
      }
    }
  }

  @Test
  void itsFileHasNoNameThatAKilledProcessCouldLeaveBehind() throws IOException {
    try (Spill spill = new Spill(directory, 10)) {
      spill.append(new byte[100], 0, 100);
      try (Stream<Path> names = Files.list(directory)) {
        assertThat(names).isEmpty();
      }
    }
  }

  @Test
  void saysWhereThereIsNoRoom() throws IOException {
    Path nowhere = directory.resolve("missing");
    try (Spill spill = new Spill(nowhere, 10)) {
      assertThatThrownBy(() -> spill.append(new byte[100], 0, 100))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("100 bytes of a zTOC in a temporary file in " + nowhere);
    }
  }
}
