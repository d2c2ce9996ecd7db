package io.thaw.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BlobTest extends RegistryTest {

  private static final int SIZE = 700_000;

  private byte[] bytes;
  private Digest digest;

  @BeforeEach
  void store() {
    bytes = random(SIZE, 1);
    digest = registry.addBlob(bytes);
  }

  private byte[] range(RegistryClient client, int start, int end) throws IOException {
    try (RangeResponse range = client.blobRange(registry.repository(), digest, start, end)) {
      return range.body().readAllBytes();
    }
  }

  private byte[] expected(int start, int end) {
    return Arrays.copyOfRange(bytes, start, end);
  }

  @Test
  void readsAWholeBlob() throws IOException {
    try (InputStream in = client().blob(registry.repository(), digest)) {
      assertThat(in.readAllBytes()).isEqualTo(bytes);
    }
  }

  @Test
  void readsExactlyTheRangeAskedFor() throws IOException {
    RegistryClient client = client();
    assertThat(range(client, 0, 1)).isEqualTo(expected(0, 1));
    assertThat(range(client, 1000, 400_000)).isEqualTo(expected(1000, 400_000));
    assertThat(range(client, SIZE - 1, SIZE)).isEqualTo(expected(SIZE - 1, SIZE));
    assertThat(client.hostsWithoutRanges()).isEmpty();
    assertThat(registry.server.requests("GET", "/blobs/").get(1).range())
        .isEqualTo("bytes=1000-399999");
  }

  @Test
  void skipsToTheRangeWhenTheServerSendsEverythingAndReportsTheHost() throws IOException {
    registry.ignoreRanges = true;
    RegistryClient client = client();
    try (RangeResponse range = client.blobRange(registry.repository(), digest, 300_000, 300_500)) {
      assertThat(range.rangeHonored()).isFalse();
      assertThat(range.body().readAllBytes()).isEqualTo(expected(300_000, 300_500));
    }
    assertThat(client.hostsWithoutRanges()).containsExactly(registry.server.host());
  }

  @Test
  void aWholeBlobAskedForAsARangeDoesNotBlameTheServer() throws IOException {
    registry.ignoreRanges = true;
    RegistryClient client = client();
    assertThat(range(client, 0, SIZE)).isEqualTo(bytes);
    assertThat(client.hostsWithoutRanges()).isEmpty();
  }

  @Test
  void refusesToSkipBeyondTheLimit() {
    registry.ignoreRanges = true;
    config = config.withLimits(new RegistryConfig.Limits(4, 5, 1 << 20, 1000, 10));
    RegistryException e = failure(() -> range(client(), 1001, 1002));
    assertThat(e.kind()).isEqualTo(RegistryException.Kind.RANGE);
    assertThat(e).hasMessageContaining("skip limit of 1000");
  }

  @Test
  void aRangeOutsideTheBlobIsAClearError() {
    RegistryException beyond = failure(() -> range(client(), SIZE, SIZE + 10));
    assertThat(beyond.kind()).isEqualTo(RegistryException.Kind.RANGE);
    assertThat(beyond.status()).isEqualTo(416);
    assertThat(beyond).hasMessageContaining("bytes */" + SIZE);
    RegistryException across = failure(() -> range(client(), SIZE - 5, SIZE + 10));
    assertThat(across.kind()).isEqualTo(RegistryException.Kind.RANGE);
    registry.ignoreRanges = true;
    RegistryException whole = failure(() -> range(client(), SIZE - 5, SIZE + 10));
    assertThat(whole).hasMessageContaining("has only " + SIZE + " bytes");
    assertThatThrownBy(() -> range(client(), 5, 5)).isInstanceOf(IllegalArgumentException.class);
    assertThat(waits.waits).isEmpty();
  }

  @Test
  void refusesAContentRangeOfOtherBytes() {
    for (String wrong : new String[] {"bytes 11-20/700000", "bytes 0-9", "items 10-19/20", " "}) {
      registry.contentRange = wrong;
      RegistryException e = failure(() -> range(client(), 10, 20));
      assertThat(e.kind()).isEqualTo(RegistryException.Kind.MALFORMED);
    }
  }

  @Test
  void resumesABodyThatEndsEarlyWhereItStopped() throws IOException {
    registry.bodyFaults.add(FakeRegistry.BodyFault.CUT_SHORT);
    registry.bodyFaults.add(FakeRegistry.BodyFault.CUT_SHORT);
    assertThat(range(client(), 100, 600_100)).isEqualTo(expected(100, 600_100));
    assertThat(registry.server.requests("GET", "/blobs/"))
        .extracting(FakeServer.Seen::range)
        .hasSize(3)
        .doesNotHaveDuplicates()
        .allMatch(range -> range.endsWith("-600099"));
    assertThat(waits.waits).hasSize(2);
  }

  @Test
  void resumesAWholeBlobByRange() throws IOException {
    registry.bodyFaults.add(FakeRegistry.BodyFault.CUT_SHORT);
    try (InputStream in = client().blob(registry.repository(), digest)) {
      assertThat(in.readAllBytes()).isEqualTo(bytes);
    }
    assertThat(registry.server.requests("GET", "/blobs/").get(1).range()).endsWith("-699999");
  }

  @Test
  void aBodyThatKeepsBreakingIsAnError() {
    config = config.withRetry(attempts(1));
    registry.bodyFaults.add(FakeRegistry.BodyFault.CUT_SHORT);
    RegistryException e = failure(() -> range(client(), 0, 1000));
    assertThat(e.kind()).isEqualTo(RegistryException.Kind.UNREACHABLE);
  }

  @Test
  void aBodyThatStallsIsAnErrorAfterTheStallTimeout() {
    config =
        config
            .withRetry(attempts(1))
            .withTimeouts(
                new RegistryConfig.Timeouts(
                    Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofMillis(200)));
    registry.bodyFaults.add(FakeRegistry.BodyFault.STALL);
    RegistryException e = failure(() -> range(client(), 0, SIZE));
    assertThat(e.kind()).isEqualTo(RegistryException.Kind.UNREACHABLE);
    assertThat(e).hasMessageContaining("stalled: no byte for 200 ms");
  }

  @Test
  void aStallIsResumedByDefault() throws IOException {
    config =
        config.withTimeouts(
            new RegistryConfig.Timeouts(
                Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofMillis(200)));
    registry.bodyFaults.add(FakeRegistry.BodyFault.STALL);
    assertThat(range(client(), 0, SIZE)).isEqualTo(bytes);
  }

  @Test
  void aWrongByteIsNeverPassedOffAsTheBlob() {
    byte[] wrong = bytes.clone();
    wrong[SIZE - 1] ^= 1;
    registry.blobs.put(digest.toString(), wrong);
    RegistryException e =
        failure(() -> client().blob(registry.repository(), digest).readAllBytes());
    assertThat(e.kind()).isEqualTo(RegistryException.Kind.CORRUPT);
    Descriptor descriptor = new Descriptor("application/x", digest, SIZE);
    RegistryException exact =
        failure(() -> client().blob(registry.repository(), descriptor).readNBytes(SIZE));
    assertThat(exact.kind()).isEqualTo(RegistryException.Kind.CORRUPT);
  }

  @Test
  void aBlobOfAnotherSizeThanItsDescriptorIsRefusedAtOnce() {
    Descriptor descriptor = new Descriptor("application/x", digest, SIZE + 1);
    RegistryException e = failure(() -> client().blob(registry.repository(), descriptor).close());
    assertThat(e.kind()).isEqualTo(RegistryException.Kind.CORRUPT);
  }

  @Test
  void closingEarlyFreesTheSlotOfTheHost() throws IOException {
    config = config.withLimits(new RegistryConfig.Limits(1, 5, 1 << 20, 1000, 10));
    RegistryClient client = client();
    for (int i = 0; i < 5; i++) {
      try (InputStream in = client.blob(registry.repository(), digest)) {
        assertThat(in.read()).isEqualTo(bytes[0] & 0xff);
      }
    }
    assertThat(range(client, 5, 10)).isEqualTo(expected(5, 10));
  }

  @Test
  void rangesReadToTheirLastByteShareOneConnection() throws IOException {
    RegistryClient client = client();
    for (int i = 0; i < 50; i++) {
      try (RangeResponse range =
          client.blobRange(registry.repository(), digest, i, i + 4096 * (i + 1))) {
        assertThat(range.body().readNBytes(4096 * (i + 1))).hasSize(4096 * (i + 1));
      }
    }
    assertThat(registry.server.connections()).isEqualTo(1);
  }

  @Test
  void aMissingBlobIsNotFoundAndNotRetried() {
    Digest other = Digest.sha256(new byte[] {1});
    RegistryException e =
        failure(() -> client().blobRange(registry.repository(), other, 0, 1).close());
    assertThat(e.kind()).isEqualTo(RegistryException.Kind.NOT_FOUND);
    assertThat(e).hasMessageContaining("BLOB_UNKNOWN").hasMessageContaining("team/app");
    assertThat(registry.server.requests()).hasSize(1);
  }

  @Test
  void closingFromAnotherThreadEndsAReadAtOnceAndForGood() throws Exception {
    config = config.withLimits(new RegistryConfig.Limits(1, 5, 1 << 20, 1000, 10));
    registry.bodyFaults.add(FakeRegistry.BodyFault.STALL);
    RegistryClient client = client();
    RangeResponse range = client.blobRange(registry.repository(), digest, 0, SIZE);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread reader =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    range.body().readNBytes(SIZE);
                  } catch (IOException e) {
                    thrown.set(e);
                  }
                });
    while (reader.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    range.close();
    assertThat(reader.join(Duration.ofSeconds(10))).isTrue();
    assertThat(thrown.get()).hasMessageContaining("closed");
    assertThat(registry.server.requests("GET", "/blobs/")).hasSize(1);
    assertThat(range(client, 5, 10)).isEqualTo(expected(5, 10));
  }

  @Test
  void anInterruptedReaderStopsAtOnceAndStaysInterrupted() throws Exception {
    registry.bodyFaults.add(FakeRegistry.BodyFault.STALL);
    RegistryClient client = client();
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    CountDownLatch reading = new CountDownLatch(1);
    Thread reader =
        Thread.ofVirtual()
            .start(
                () -> {
                  try (RangeResponse range =
                      client.blobRange(registry.repository(), digest, 0, SIZE)) {
                    range.body().readNBytes(SIZE / 2);
                    reading.countDown();
                    range.body().read();
                  } catch (IOException e) {
                    thrown.set(Thread.currentThread().isInterrupted() ? e : null);
                  }
                });
    reading.await();
    reader.interrupt();
    reader.join();
    assertThat(thrown.get()).isInstanceOf(java.io.InterruptedIOException.class);
  }
}
