package io.thaw.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.index.oci.ImageContent;
import io.thaw.index.oci.WriteProgress.BlobOutcome;
import io.thaw.index.place.LayoutSource;
import io.thaw.index.place.RegistrySource;
import io.thaw.index.place.RegistryTarget;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What somebody who draws bars is told.
class ConvertProgressTest {
  @TempDir Path dir;

  @Test
  void tellsOfEveryLayerAndItsBytes() throws IOException {
    Recorder told = new Recorder();
    convert(Golden.LAYOUT, told);

    assertThat(told.planned).hasSize(3);
    assertThat(told.started).containsExactlyInAnyOrderElementsOf(told.planned);
    assertThat(told.finished).containsExactlyInAnyOrderElementsOf(told.planned);
    for (Descriptor layer : told.planned) {
      assertThat(told.bytes).containsEntry(layer.digest(), layer.sizeBytes());
    }
    assertThat(told.skipped.values()).containsExactly("6250 bytes, less than the minimum of 50000");
    assertThat(told.reused).isEmpty();
  }

  @Test
  void tellsOfLayersThatNeedNotBeRead() throws IOException {
    Recorder told = new Recorder();
    convert(Golden.CONVERTED, told);
    assertThat(told.reused).containsExactlyInAnyOrderElementsOf(told.planned).hasSize(3);
    assertThat(told.started).isEmpty();
  }

  @Test
  void tellsHowEveryBlobCameToItsPlace() throws IOException {
    try (FakeRegistry registry = new FakeRegistry()) {
      Recorder first = new Recorder();
      try (LayoutSource source = LayoutSource.open(Golden.CONVERTED)) {
        target(registry, "app", first).write(ImageContent.of(source));
      }
      assertThat(first.plannedBlobs).hasSize(10);
      assertThat(first.outcomes).hasSize(10).containsValue(BlobOutcome.WRITTEN);
      for (Descriptor blob : first.plannedBlobs) {
        assertThat(first.bytes).containsEntry(blob.digest(), blob.sizeBytes());
      }
      Recorder second = new Recorder();
      try (RegistrySource source =
          new RegistrySource(registry.client(), new Reference(registry.repository(), "v1", null))) {
        ImageContent content = ImageContent.of(source);
        target(registry, "other", second).write(content);
        assertThat(second.outcomes.values()).hasSize(10).containsOnly(BlobOutcome.MOUNTED);
        second.outcomes.clear();
        target(registry, "other", second).write(content);
        assertThat(second.outcomes.values()).hasSize(10).containsOnly(BlobOutcome.PRESENT);
      }
      assertThat(second.bytes).isEmpty();
    }
  }

  private void convert(Path layout, Recorder told) throws IOException {
    try (LayoutSource source = LayoutSource.open(layout)) {
      new Converter(ConverterTest.GOLDEN_OPTIONS, told).convert(source, dir);
    }
  }

  private static RegistryTarget target(FakeRegistry registry, String repository, Recorder told) {
    return new RegistryTarget(
        registry.client(), new Reference(registry.repository(repository), "v1", null), 2, told);
  }

  private static final class Recorder implements ConvertProgress {
    private final List<Descriptor> planned = new ArrayList<>();
    private final List<Descriptor> plannedBlobs = new ArrayList<>();
    private final List<Descriptor> started = new CopyOnWriteArrayList<>();
    private final List<Descriptor> finished = new CopyOnWriteArrayList<>();
    private final List<Descriptor> reused = new CopyOnWriteArrayList<>();
    private final Map<Digest, String> skipped = new ConcurrentHashMap<>();
    private final Map<Digest, Long> bytes = new ConcurrentHashMap<>();
    private final Map<Digest, BlobOutcome> outcomes = new ConcurrentHashMap<>();

    @Override
    public void layersPlanned(Collection<Descriptor> layers) {
      planned.addAll(layers);
    }

    @Override
    public void layerStarted(Descriptor layer) {
      started.add(layer);
    }

    @Override
    public void layerAdvanced(Descriptor layer, long count) {
      bytes.merge(layer.digest(), count, Long::sum);
    }

    @Override
    public void layerFinished(Descriptor layer) {
      finished.add(layer);
    }

    @Override
    public void layerReused(Descriptor layer) {
      reused.add(layer);
    }

    @Override
    public void layerSkipped(Descriptor layer, String reason) {
      skipped.put(layer.digest(), reason);
    }

    @Override
    public void blobsPlanned(Collection<Descriptor> blobs) {
      plannedBlobs.addAll(blobs);
    }

    @Override
    public void blobAdvanced(Descriptor blob, long count) {
      bytes.merge(blob.digest(), count, Long::sum);
    }

    @Override
    public void blobFinished(Descriptor blob, BlobOutcome outcome) {
      outcomes.put(blob.digest(), outcome);
    }
  }
}
