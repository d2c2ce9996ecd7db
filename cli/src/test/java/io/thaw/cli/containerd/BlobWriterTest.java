package io.thaw.cli.containerd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.thaw.index.oci.BlobContent;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BlobWriterTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private FakeContainerd containerd;
  private ContainerdClient client;
  private Lease lease;
  private byte[] bytes;
  private Digest digest;

  @BeforeEach
  void connect() throws IOException {
    containerd = new FakeContainerd();
    client = containerd.client();
    lease = Lease.create(client);
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    bytes = new byte[(5 << 19) + 1]; // two and a half pieces and a byte
    new Random(seed).nextBytes(bytes);
    digest = Digest.sha256(bytes);
  }

  @AfterEach
  void disconnect() throws IOException {
    lease.close();
    client.close();
    containerd.close();
  }

  @Test
  void writesABlobWithItsLabels() throws IOException {
    assertThat(put(Map.of("a", "b"))).isTrue();

    assertThat(containerd.content.blobs.get(digest)).isEqualTo(bytes);
    assertThat(containerd.content.labels.get(digest)).containsExactly(Map.entry("a", "b"));
    assertThat(containerd.content.receivedBytes.get()).isEqualTo(bytes.length);
  }

  @Test
  void writesAnEmptyBlob() throws IOException {
    Digest empty = Digest.sha256(new byte[0]);

    assertThat(writer(PATIENCE).put(empty, BlobContent.of(new byte[0]), Map.of())).isTrue();

    assertThat(containerd.content.blobs.get(empty)).isEmpty();
  }

  @Test
  void keepsABlobBeforeItLooksForIt() throws IOException {
    put(Map.of());

    assertThat(containerd.calls)
        .containsExactly("lease create", "keep " + digest, "commit " + digest);
  }

  @Test
  void addsLabelsToABlobThatIsThere() throws IOException {
    containerd.content.add(bytes);

    assertThat(put(Map.of("a", "b"))).isFalse();

    assertThat(containerd.content.labels.get(digest)).containsEntry("a", "b");
    assertThat(containerd.content.receivedBytes.get()).isZero();
  }

  @Test
  void goesOnWhereAnIngestEnds() throws IOException {
    containerd.content.ingests.put(
        digest.toString(), ByteString.copyFrom(bytes, 0, bytes.length - 7));

    assertThat(put(Map.of())).isTrue();

    assertThat(containerd.content.blobs.get(digest)).isEqualTo(bytes);
    assertThat(containerd.content.receivedBytes.get()).isEqualTo(7);
  }

  @Test
  void commitsAnIngestThatHasAllBytes() throws IOException {
    containerd.content.ingests.put(digest.toString(), ByteString.copyFrom(bytes));

    assertThat(put(Map.of())).isTrue();

    assertThat(containerd.content.blobs.get(digest)).isEqualTo(bytes);
    assertThat(containerd.content.receivedBytes.get()).isZero();
  }

  @Test
  void beginsAnewWhenTheIngestHeldSomethingElse() throws IOException {
    containerd.content.ingests.put(digest.toString(), ByteString.copyFromUtf8("something else"));

    assertThat(put(Map.of())).isTrue();

    assertThat(containerd.content.blobs.get(digest)).isEqualTo(bytes);
    assertThat(containerd.calls).contains("abort " + digest);
  }

  @Test
  void beginsAnewWhenTheIngestIsLongerThanTheBlob() throws IOException {
    containerd.content.ingests.put(
        digest.toString(), ByteString.copyFrom(new byte[bytes.length + 1]));

    assertThat(put(Map.of())).isTrue();

    assertThat(containerd.content.blobs.get(digest)).isEqualTo(bytes);
  }

  @Test
  void waitsForSomebodyElseWhoIsWritingTheBlob() throws IOException {
    containerd.content.locked.set(2);

    assertThat(put(Map.of())).isTrue();

    assertThat(containerd.content.blobs.get(digest)).isEqualTo(bytes);
  }

  @Test
  void takesTheBlobThatSomebodyElseHasWritten() throws IOException {
    containerd.content.locked.set(1);
    containerd.content.arriving.put(digest, bytes);

    assertThat(put(Map.of("a", "b"))).isFalse();

    assertThat(containerd.content.labels.get(digest)).containsEntry("a", "b");
    assertThat(containerd.content.receivedBytes.get()).isZero();
  }

  @Test
  void givesUpOnAnIngestThatStaysLockedAndLeavesItAlone() {
    containerd.content.locked.set(Integer.MAX_VALUE);
    containerd.content.ingests.put(digest.toString(), ByteString.copyFromUtf8("theirs"));

    assertThatThrownBy(() -> writer(Duration.ZERO).put(digest, BlobContent.of(bytes), Map.of()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Somebody else has been writing blob " + digest);
    assertThat(containerd.content.ingests).containsKey(digest.toString());
    assertThat(containerd.calls).doesNotContain("abort " + digest);
  }

  @Test
  void refusesContentThatIsNotWhatItsDigestSays() {
    byte[] damaged = bytes.clone();
    damaged[12_345] ^= 1;

    assertThatThrownBy(() -> writer(PATIENCE).put(digest, BlobContent.of(damaged), Map.of()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(digest + " is not what its digest says");
    assertThat(containerd.content.blobs).isEmpty();
    assertThat(containerd.content.ingests).isEmpty();
  }

  @Test
  void refusesContentThatIsShorterThanItSays() {
    BlobContent shorter =
        new BlobContent() {
          @Override
          public long sizeBytes() {
            return bytes.length;
          }

          @Override
          public InputStream open() {
            return new java.io.ByteArrayInputStream(Arrays.copyOf(bytes, 10));
          }
        };

    assertThatThrownBy(() -> writer(PATIENCE).put(digest, shorter, Map.of()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has 10 bytes instead of " + bytes.length);
    assertThat(containerd.content.ingests).isEmpty();
  }

  @Test
  void dropsTheIngestWhenTheSourceFails() {
    BlobContent failing =
        new BlobContent() {
          @Override
          public long sizeBytes() {
            return bytes.length;
          }

          @Override
          public InputStream open() throws IOException {
            throw new IOException("the source is gone");
          }
        };

    assertThatThrownBy(() -> writer(PATIENCE).put(digest, failing, Map.of()))
        .hasMessage("the source is gone");
    assertThat(containerd.content.ingests).isEmpty();
  }

  @Test
  void writesNothingOnceTheLeaseHasEnded() {
    lease.close();

    assertThatThrownBy(() -> put(Map.of())).isInstanceOf(IOException.class);
    assertThat(containerd.content.blobs).isEmpty();
  }

  private boolean put(Map<String, String> labels) throws IOException {
    return writer(PATIENCE).put(digest, BlobContent.of(bytes), labels);
  }

  private BlobWriter writer(Duration patience) {
    return new BlobWriter(client, lease, patience);
  }
}
