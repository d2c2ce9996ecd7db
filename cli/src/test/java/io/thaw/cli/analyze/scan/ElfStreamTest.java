package io.thaw.cli.analyze.scan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ElfStreamTest {
  private static final Path PROGRAM = Path.of("/bin/ls");

  @Test
  void readsAProgramOfThisMachine() throws IOException {
    Executable.Elf elf = read(Files.readAllBytes(PROGRAM), 100_000);
    assertThat(elf.bits()).isEqualTo(64);
    assertThat(elf.interpreter()).get().asString().contains("ld-");
    assertThat(elf.needed()).anyMatch(name -> name.startsWith("libc."));
    assertThat(elf.problem()).isEmpty();
  }

  @Test
  void findsTheSameHoweverTheFileIsCut() throws IOException {
    byte[] file = Files.readAllBytes(PROGRAM);
    Executable.Elf expected = read(file, file.length);
    for (int piece : new int[] {1, 7, 256, 4096, 65_537}) {
      assertThat(read(file, piece)).isEqualTo(expected);
    }
  }

  @Test
  void findsStringsBehindTheDynamicSection() throws IOException {
    byte[] file = TinyElf.withStringsAtTheEnd(20 << 20, "libfar.so.1", "$ORIGIN/libs");
    Executable.Elf elf = read(file, 50_000);
    assertThat(elf.needed()).containsExactly("libfar.so.1");
    assertThat(elf.runpath()).contains("$ORIGIN/libs");
    assertThat(elf.problem()).isEmpty();
  }

  @Test
  void endsCalmlyWhateverItIsGiven() throws IOException {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    byte[] file = Files.readAllBytes(PROGRAM);
    for (int i = 0; i < 300; i++) {
      byte[] broken = Arrays.copyOf(file, 5 + random.nextInt(file.length - 5));
      for (int flips = random.nextInt(40); flips > 0; flips--) {
        broken[4 + random.nextInt(Math.min(broken.length - 4, 1500))] = (byte) random.nextInt();
      }
      assertThat(read(broken, 30_000)).isNotNull();
    }
  }

  @Test
  void refusesTablesLargerThanItsBounds() {
    byte[] file = TinyElf.withDynamicSection(1L << 40);
    assertThat(read(file, file.length).problem()).get().asString().contains("out of bounds");
  }

  private static Executable.Elf read(byte[] file, int piece) {
    ElfStream stream = new ElfStream();
    stream.begin();
    for (int at = 0; at < file.length; at += piece) {
      stream.data(file, at, Math.min(piece, file.length - at));
    }
    return stream.end();
  }
}
