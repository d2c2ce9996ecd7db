package io.thaw.daemon.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SpanBuffersTest {
  private static final int MIB = 1 << 20;

  @Test
  void aBufferGivenBackIsTakenAgain() {
    SpanBuffers buffers = new SpanBuffers(8 * MIB);
    byte[] first = buffers.take(1_700_000);
    assertThat(first).hasSizeGreaterThanOrEqualTo(1_700_000).hasSizeLessThan(1_900_000);
    buffers.giveBack(first);
    assertThat(buffers.take(1_600_000)).isSameAs(first);
    assertThat(buffers.take(1_600_000)).isNotSameAs(first);
  }

  @Test
  void aSmallSpanDoesNotHoldALargeBuffer() {
    SpanBuffers buffers = new SpanBuffers(8 * MIB);
    byte[] large = buffers.take(4 * MIB);
    buffers.giveBack(large);
    assertThat(buffers.take(MIB)).isNotSameAs(large).hasSize(MIB);
    assertThat(buffers.take(3 * MIB)).isSameAs(large);
  }

  @Test
  void noMoreIsKeptThanAllowed() {
    SpanBuffers buffers = new SpanBuffers(5 * MIB);
    byte[] one = buffers.take(4 * MIB);
    byte[] other = buffers.take(4 * MIB);
    buffers.giveBack(one);
    buffers.giveBack(other);
    assertThat(buffers.take(4 * MIB)).isSameAs(other);
    assertThat(buffers.take(4 * MIB)).isNotSameAs(one);
  }

  @Test
  void whatNobodyUsesIsLetGo() {
    SpanBuffers buffers = new SpanBuffers(8 * MIB);
    assertThat(buffers.drop(0)).as("there was nothing").isFalse();
    byte[] one = buffers.take(MIB);
    buffers.giveBack(one);
    assertThat(buffers.drop(Long.MAX_VALUE)).as("it is not old enough").isFalse();
    assertThat(buffers.drop(0)).isTrue();
    assertThat(buffers.take(MIB)).isNotSameAs(one);
  }
}
