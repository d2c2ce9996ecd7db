package io.thaw.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.index.oci.ImageContent;
import io.thaw.index.oci.LayoutFormat;
import io.thaw.index.oci.Scratch;
import io.thaw.index.place.LayoutSource;
import io.thaw.index.place.LayoutTarget;
import io.thaw.index.place.RegistryTarget;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Reference;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Work that is interrupted while a layer's bytes arrive.
@Timeout(60)
class InterruptionTest {
  @TempDir Path dir;

  @Test
  void indexingEndsAndLeavesNothing() throws Exception {
    StuckSource source = new StuckSource();
    Throwable failure =
        interrupted(
            source,
            () -> {
              try (Scratch scratch = Scratch.beside(dir.resolve("result"))) {
                new Converter(ConverterTest.GOLDEN_OPTIONS, ConvertProgress.NONE)
                    .convert(source, scratch.directory());
              }
            });
    assertThat(failure).isInstanceOf(InterruptedIOException.class);
    assertThat(everything()).isEmpty();
  }

  @Test
  void writingALayoutEndsAndLeavesNothing() throws Exception {
    StuckSource source = new StuckSource();
    ImageContent content = ImageContent.of(source);
    Throwable failure =
        interrupted(
            source,
            () -> LayoutTarget.at(dir.resolve("result"), LayoutFormat.OCI_ARCHIVE).write(content));
    assertThat(failure).isInstanceOf(InterruptedIOException.class);
    assertThat(everything()).isEmpty();
  }

  @Test
  void pushingEndsWithoutAManifest() throws Exception {
    try (FakeRegistry registry = new FakeRegistry()) {
      StuckSource source = new StuckSource();
      ImageContent content = ImageContent.of(source);
      Reference target = new Reference(registry.repository(), "v1", null);
      Throwable failure =
          interrupted(source, () -> new RegistryTarget(registry.client(), target).write(content));
      assertThat(failure).isInstanceOf(InterruptedIOException.class);
      assertThat(registry.count("PUT /v2/app/manifests")).isZero();
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  /// What the work throws when its thread is interrupted while a stream waits for bytes.
  private static Throwable interrupted(StuckSource source, Work work) throws InterruptedException {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    work.run();
                  } catch (Throwable e) {
                    failure.set(e);
                  }
                });
    source.waiting.await();
    thread.interrupt();
    thread.join();
    return failure.get();
  }

  private List<Path> everything() throws IOException {
    try (var files = Files.list(dir)) {
      return files.toList();
    }
  }

  /// The golden image, whose streams give some bytes and then nothing, as a stalled link does.
  private static final class StuckSource extends CountingSource {
    private final CountDownLatch waiting = new CountDownLatch(1);

    StuckSource() throws IOException {
      super(LayoutSource.open(Golden.LAYOUT));
    }

    @Override
    public InputStream open(Descriptor blob) throws IOException {
      return new FilterInputStream(super.open(blob)) {
        private int left = 1000;

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
          if (left == 0) {
            waiting.countDown();
            try {
              new CountDownLatch(1).await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
              throw new InterruptedIOException("interrupted while waiting for bytes");
            }
          }
          int n = super.read(buffer, offset, Math.min(length, left));
          left -= Math.max(n, 0);
          return n;
        }
      };
    }
  }
}
