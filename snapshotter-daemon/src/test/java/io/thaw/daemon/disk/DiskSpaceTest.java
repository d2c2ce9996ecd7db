package io.thaw.daemon.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.daemon.disk.DiskState.Level;
import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DiskSpaceTest {
  private static final long RESERVE = 10L << 20;

  private final FakeVolume volume = new FakeVolume();

  private DiskSpace space() throws IOException {
    return new DiskSpace(volume, "a disk", RESERVE);
  }

  @Test
  void isNormalWhileThereIsMoreThanTheReserve() throws IOException {
    volume.freeBytes = RESERVE;

    assertThat(space().state().level()).isEqualTo(Level.NORMAL);
    assertThat(space().hasRoom()).isTrue();
  }

  @Test
  void isLowBelowTheReserveUntilThereIsAQuarterMore() throws IOException {
    volume.freeBytes = RESERVE - 1;
    DiskSpace space = space();
    assertThat(space.state().level()).isEqualTo(Level.LOW);
    assertThat(space.state().reason()).contains("less than " + RESERVE);
    assertThat(space.hasRoom()).isFalse();
    assertThat(space.isFull()).isFalse();

    volume.freeBytes = RESERVE + RESERVE / 4 - 1;
    space.check();
    assertThat(space.state().level()).isEqualTo(Level.LOW);

    volume.freeBytes = RESERVE + RESERVE / 4;
    space.check();
    assertThat(space.state().level()).isEqualTo(Level.NORMAL);
  }

  @Test
  void theReserveIsAtMostATwentiethOfTheDisk() throws IOException {
    volume.freeBytes = FakeVolume.SIZE / 20;

    assertThat(new DiskSpace(volume, "a disk", Long.MAX_VALUE).hasRoom()).isTrue();
  }

  @Test
  void isLowWithFewInodesLeft() throws IOException {
    volume.freeInodes = 100;

    assertThat(space().state().level()).isEqualTo(Level.LOW);
    assertThat(space().state().reason()).contains("inodes");
  }

  @Test
  void isFullFromAFailedWriteUntilAWriteSucceeds() throws IOException {
    DiskSpace space = space();
    volume.refusesWrites = true;
    space.writeFailed(FakeVolume.full());
    assertThat(space.isFull()).isTrue();
    assertThat(space.state().reason()).contains("No space left on device");

    space.check();
    assertThat(space.isFull()).isTrue();
    assertThat(volume.writes).hasValue(1);

    volume.refusesWrites = false;
    space.check();
    assertThat(space.state().level()).isEqualTo(Level.NORMAL);
  }

  @Test
  void tellsThatADiskIsNotFullAnyMore() throws Exception {
    DiskSpace space = space();
    AtomicInteger recoveries = new AtomicInteger();
    try (var timer = Executors.newSingleThreadScheduledExecutor()) {
      space.watch(timer, 3_600_000, recoveries::incrementAndGet);
      space.check();
      assertThat(recoveries).hasValue(0);
      space.writeFailed(FakeVolume.full());
      space.check();
      assertThat(recoveries).hasValue(1);
      timer.shutdownNow();
    }
  }

  @Test
  void knowsAFullDiskByItsErrors() {
    assertThat(DiskErrors.isFull(FakeVolume.full())).isTrue();
    assertThat(DiskErrors.isFull(new IOException("outer", FakeVolume.full()))).isTrue();
    assertThat(DiskErrors.isFull(new IOException("Disk quota exceeded"))).isTrue();
    assertThat(DiskErrors.isFull(new IOException("Input/output error"))).isFalse();
    assertThat(DiskErrors.isFull(null)).isFalse();
  }
}
